"""The bar of the layer boundaries, and the line below it that shows what is pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from nixdive.ui.draw.bar import bytes_line, layer_at, pushed_line, widths
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.naming import layer_ground
from nixdive.ui.panes.messages import LayerWanted
from nixdive.ui.panes.planned import PlannedWidget

if TYPE_CHECKING:
    from textual import events


_LABEL = 9
_MARGIN = 1


class BoundaryBar(PlannedWidget):
    """Bytes to scale; a click selects a layer."""

    index: reactive[int] = reactive(0)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  what has no room is cut
        """Return the bar and the line below."""
        if self.priced is None:
            return []
        shares = self._shares(width)
        layers = self.priced.plan.layers
        lines = [
            (Span(" bytes   ", "dim"), *bytes_line(shares, [layer_ground(x) for x in layers], self.index))
        ]
        pushed = [self.priced.push_of(i) > 0 for i in range(len(layers))]
        against = self.priced.cost is not None
        label = " pushed  " if against else " " * _LABEL
        below = pushed_line(shares, pushed if against else [False] * len(layers), self.index)
        lines.append((Span(label, "dim"), *below))
        return lines

    def on_click(self, event: events.Click) -> None:
        """Select the layer under the mouse."""
        if self.priced is None:
            return
        index = layer_at(self._shares(self.size.width), event.x - _LABEL)
        if index is not None:
            self.post_message(LayerWanted(index))

    def _shares(self, width: int) -> tuple[int, ...]:
        assert self.priced is not None
        sizes = [layer.nar_size for layer in self.priced.plan.layers]
        return widths(sizes, max(width - _LABEL - _MARGIN, 1))
