"""Widgets that are lines: somebody says which, and they are painted in the colours of the theme."""

from __future__ import annotations

from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any

from textual.visual import Visual
from textual.widget import Widget

from nixdive.ui.draw.paint import paint_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.css.styles import RulesMap
    from textual.strip import Strip
    from textual.style import Style
    from textual.visual import RenderOptions

    from nixdive.ui.draw.line import Line


class Canvas(Visual):
    """The lines of a widget, made once for each time that it is painted; its `render` returns it.

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
        widget.set_reactive(Widget.auto_links, False)  # what can be clicked is in the colours of the theme

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        """Return the lines in the colours of the theme."""
        del style, options
        height = self._widget.size.height if height is None else height
        app = self._widget.app
        paint = paint_for(app.current_theme, ascii_only=app.has_class("-ascii"), coloured=not app.no_color)
        lines = islice(chain(self._draw(width, height), repeat(())), height)
        ground_of = self._ground_of or (lambda _: self._ground)
        return [paint.strip(line, width, ground_of(y)) for y, line in enumerate(lines)]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Return all the width that there is."""
        del rules
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Return how many rows the lines take."""
        del rules
        return len(self._draw(width, self._widget.app.size.height))


class Drawn(Widget):
    """A widget that only shows lines: whoever made it says which, and refreshes it when they are others."""

    def __init__(
        self, draw: Callable[[int, int], Sequence[Line]], *, ground: str = "ink", **options: Any
    ) -> None:
        super().__init__(**options)
        self.draw = draw
        self._canvas = Canvas(self, draw, ground=ground)

    def render(self) -> Canvas:
        """Return what its lines are painted by."""
        return self._canvas
