"""What a plan looks like that is not shown yet: its bar, and its dearest layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.ui.panes.layers.rows import Columns, heads, row
from nixdive.ui.panes.lines.above import boundary_bar

if TYPE_CHECKING:
    from nixdive.ui.draw.line import Line
    from nixdive.workspace.priced_plan import PricedPlan


def preview(priced: PricedPlan, cells: int, rows: int) -> list[Line]:
    """Return the bar of a plan, and the layers that cost most with each release.

    Args:
        priced: the plan.
        cells: the width.
        rows: how many layers have room.
    """
    layers = priced.plan.layers
    costs = [layer.nar_size * (layer.change_probability or 0.0) for layer in layers]
    dearest = sorted(range(len(layers)), key=lambda at: (-costs[at], at))[:rows]
    closure, columns = priced.pricer.planner.closure, Columns.of(priced, cells)
    lines = [*boundary_bar(priced, -1, cells), heads(columns, cells)]
    return lines + [row(priced, None, at, closure, cells) for at in sorted(dearest)]
