"""A widget that is lines: it says what they are, and paints them in the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from nixdive.ui.draw.paint import paint_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Region
    from textual.strip import Strip

    from nixdive.ui.draw.line import Line


class Drawn(Widget):
    """Draws itself as lines; a subclass says which in `draw`."""

    ground = "ink"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._lines: Sequence[Line] | None = None
        self._drawn_for = (-1, -1)

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Return the lines for a place of so many cells; those that are missing are blank."""
        raise NotImplementedError

    def ground_of(self, y: int) -> str:  # noqa: ARG002  subclasses look at the line
        """Return the role of the background of a line."""
        return self.ground

    def refresh(self, *regions: Region, **options: Any) -> Drawn:
        """Forget what was drawn, and draw it again soon."""
        self._lines = None
        super().refresh(*regions, **options)
        return self

    def render_line(self, y: int) -> Strip:
        """Return one line in the colours of the theme."""
        width, height = self.size
        if self._lines is None or self._drawn_for != (width, height):
            self._lines = self.draw(width, height)
            self._drawn_for = (width, height)
        line = self._lines[y] if y < len(self._lines) else ()
        app = self.app
        paint = paint_for(app.current_theme, ascii_only=app.has_class("-ascii"), coloured=not app.no_color)
        return paint.strip(line, width, self.ground_of(y))
