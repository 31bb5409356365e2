"""The bar of the layer boundaries, and the line below it that shows what is pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.ui.draw.bar import bytes_line, pushed_line, widths
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.naming import layer_ground

if TYPE_CHECKING:
    from nixdive.workspace.priced_plan import PricedPlan

_LABEL = 9
_MARGIN = 1


def boundary_bar(priced: PricedPlan, selected: int, width: int) -> list[Line]:
    """Return bytes to scale, and below them what is pushed; a click on a piece selects its layer."""
    layers = priced.plan.layers
    shares = widths([layer.nar_size for layer in layers], max(width - _LABEL - _MARGIN, 1))
    actions = [f"screen.layer({i})" for i in range(len(layers))]
    against = priced.cost is not None
    pushed = [against and priced.push_of(i) > 0 for i in range(len(layers))]
    above = bytes_line(shares, [layer_ground(layer) for layer in layers], selected, actions)
    below = pushed_line(shares, pushed, selected, actions)
    label = " pushed  " if against else " " * _LABEL
    return [(Span(" bytes   ", "dim"), *above), (Span(label, "dim"), *below)]
