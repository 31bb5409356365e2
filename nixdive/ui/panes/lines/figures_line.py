"""The second line: the budget, what the next push costs, and what every release does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.request import MOST_LAYERS
from nixdive.sizes import prose
from nixdive.ui.draw.figures import change, figure
from nixdive.ui.draw.line import Line, Span, quieter, spread, width

if TYPE_CHECKING:
    from nixdive.ui.panes.view import View
    from nixdive.workspace.priced_plan import PricedPlan

_GAUGE = 18


def figures_line(view: View, width: int, *, waiting: bool) -> Line:
    """Return the layer budget, the next push and each release with what the last step changed, and the floor.

    They are quiet while a plan is being made.
    """
    line = figures(view.priced, view.before, width)
    return (*quieter(line), Span(" …", "faint")) if waiting else line


def figures(priced: PricedPlan, before: PricedPlan | None, cells: int) -> Line:
    """Return the figures for a line of so many cells."""
    plan = priced.plan
    budget = plan.request.max_layers
    gap = "    " if cells >= 110 else "  "
    line: list[Span] = [Span(" budget ", "dim")]
    if cells >= 110:
        filled = max(round(_GAUGE * budget / MOST_LAYERS), 1)
        line += [Span(" " + "━" * filled, "accent"), Span("─" * (_GAUGE - filled), "faint"), Span(" ")]
        line += [Span(str(budget), "bright", bold=True), Span(f" of {MOST_LAYERS}", "dim")]
    else:
        line += [Span(str(budget), "bright", bold=True), Span(f"/{MOST_LAYERS}", "dim")]
    line.append(Span(f"{gap}next push ", "dim"))
    if not plan.sized:
        line.append(Span("sizes unknown", "text"))
    elif priced.cost is None:
        line += [Span("all ", "text"), *figure(priced.push_bytes)]
    else:
        line += figure(priced.push_bytes)
        if before is not None:
            line += change(priced.push_bytes - before.push_bytes, priced.push_bytes)
    if priced.release is not None:
        line.append(Span(f"{gap}each release ", "dim"))
        line += figure(priced.release)
        if before is not None and before.release is not None:
            line += change(priced.release - before.release, priced.release)
    right: Line = ()
    if priced.floor.push is not None and plan.sized and cells >= 110:
        right = (Span(f"floor {prose(priced.floor.push)} ", "dim"),)
    return spread(tuple(line), right if width(line) + width(right) < cells else (), cells)
