"""Widgets that are lines: somebody says which, and they are painted in the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from nixdive.ui.draw.paint import paint_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.geometry import Region, Size
    from textual.strip import Strip

    from nixdive.ui.draw.line import Line


class Canvas:
    """The lines of a widget, made once for each time that it is painted.

    Args:
        widget: whose lines they are.
        draw: returns the lines for a place of so many cells and rows; those that are missing are blank.
        ground: the role of the background.
        ground_of: returns that of a single line, where lines differ.
    """

    def __init__(
        self,
        widget: Widget,
        draw: Callable[[int, int], Sequence[Line]],
        *,
        ground: str = "ink",
        ground_of: Callable[[int], str] | None = None,
    ) -> None:
        self._widget = widget
        self._draw = draw
        self._ground = ground
        self._ground_of = ground_of
        self._lines: Sequence[Line] | None = None

    def forget(self) -> None:
        """Draw the lines again the next time."""
        self._lines = None

    def strip(self, y: int) -> Strip:
        """Return one line in the colours of the theme."""
        width, height = self._widget.size
        if self._lines is None:
            self._lines = self._draw(width, height)
        line = self._lines[y] if y < len(self._lines) else ()
        app = self._widget.app
        paint = paint_for(app.current_theme, ascii_only=app.has_class("-ascii"), coloured=not app.no_color)
        return paint.strip(line, width, self._ground_of(y) if self._ground_of else self._ground)


class Drawn(Widget):
    """A widget that only shows lines: whoever made it says which, and refreshes it when they are others."""

    def __init__(
        self, draw: Callable[[int, int], Sequence[Line]], *, ground: str = "ink", **options: Any
    ) -> None:
        super().__init__(**options)
        self.draw = draw
        self._canvas = Canvas(self, draw, ground=ground)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many rows the lines take, for a widget that is as high as they make it."""
        del container
        return len(self.draw(width, viewport.height))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a part, drawn anew where they are needed."""
        self._canvas.forget()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        return self._canvas.strip(y)
