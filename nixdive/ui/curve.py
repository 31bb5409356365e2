"""What releases cost over the layer budget: the curve, its knee, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.errors import PlanError
from nixdive.layering.cost import expected_push
from nixdive.layering.request import MOST_LAYERS
from nixdive.sizes import prose
from nixdive.ui.figures import letters
from nixdive.ui.line import Line, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nixdive.layering.planner import Planner
    from nixdive.layering.request import PlanRequest

_BLOCKS = " ▁▂▃▄▅▆▇█"
_DOTS = ".·˙"
_AXIS = 7  # cells left of the plot


@dataclass(frozen=True, slots=True)
class Curve:
    """Expected NAR bytes of a release for some budgets.

    Attributes:
        churn: without pins, by budget.
        nixpkgs: as nixpkgs lays out.
        floor: what no budget goes below.
    """

    churn: Mapping[int, int]
    nixpkgs: Mapping[int, int]
    floor: int

    @property
    def knee(self) -> int:
        """The budget whose point lies farthest below the line between the ends of the curve."""
        budgets = sorted(self.churn)
        first, last = budgets[0], budgets[-1]
        high, low = self.churn[first], self.churn[last]
        slope = (low - high) / max(last - first, 1)
        return max(budgets, key=lambda at: (high + slope * (at - first) - self.churn[at], -at))


def curve(planner: Planner, request: PlanRequest, points: int, cancelled: Callable[[], bool]) -> Curve | None:
    """Plan for so many budgets, the small ones closer together; None where it was cancelled.

    Args:
        planner: of the closure.
        request: what is asked for; pins, frozen and carried layers play no part.
        points: how many budgets.
        cancelled: whether to stop.
    """
    model = planner.model(request.rates)
    costs: dict[str, dict[int, int]] = {"churn": {}, "nixpkgs": {}}
    for budget in budgets(points):
        for strategy, found in costs.items():
            if cancelled():
                return None
            asked = replace(request.laid_out_by(strategy), max_layers=budget)
            try:
                found[budget] = expected_push(planner.solve(asked), model)
            except PlanError:
                continue
    if not costs["churn"]:
        return None
    chances = model.scenarios.chances.tolist()
    floor = sum(chance * size for chance, size in zip(chances, planner.closure.nar_sizes, strict=True))
    return Curve(costs["churn"], costs["nixpkgs"], round(floor))


def budgets(points: int) -> tuple[int, ...]:
    """Return so many budgets at most, from 1 to the most that Docker loads."""
    shares = (i / max(points - 1, 1) for i in range(points))
    return tuple(sorted({round(1 + (MOST_LAYERS - 1) * share**1.5) for share in shares}))


def plot(found: Curve, budget: int, release: int, cells: int, rows: int) -> list[Line]:
    """Return the plot: churn filled from the floor up, nixpkgs dotted, the knee and the present place marked.

    Args:
        found: what to draw.
        budget: the present one.
        release: what the present plan costs.
        cells: the width.
        rows: the height, with the axis.
    """
    high = max(rows - 2, 1)
    wide = cells - _AXIS - 1
    top = _top(found)
    grid = [[Span(" ")] * wide for _ in range(high)]
    for x in range(wide):
        at = 1 + (MOST_LAYERS - 1) * x / max(wide - 1, 1)
        _fill(grid, x, _above(found.churn, at, found.floor, top))
        _dot(grid, x, _above(found.nixpkgs, at, found.floor, top))
    lines = []
    for y, cells_ in enumerate(grid):
        label = {0: f"+{''.join(letters(top))}", high - 1: "floor"}.get(y, "")
        lines.append((Span(f"{label:>{_AXIS - 1}} ", "dim"), Span("│", "line"), *cells_))
    return [*lines, *_axis(wide, budget), _legend(found, budget, release)]


def _top(found: Curve) -> int:
    """Return the bytes above the floor at the top of the plot: the smallest budgets are cut off."""
    above = sorted(cost - found.floor for cost in found.churn.values())
    return max(above[int(len(above) * 0.85)], 1)


def _above(costs: Mapping[int, int], budget: float, floor: int, top: int) -> float | None:
    """Return how far above the floor the cost for a budget is, between those that are known."""
    known = sorted(costs)
    if not known or budget < known[0] - 0.5:
        return None
    above = next((one for one in known if one >= budget), known[-1])
    below = max((one for one in known if one <= budget), default=known[0])
    share = (budget - below) / (above - below) if above > below else 0.0
    return (costs[below] + (costs[above] - costs[below]) * share - floor) / top


def _fill(grid: Sequence[list[Span]], x: int, share: float | None) -> None:
    if share is None:
        return
    eighths = min(round(share * len(grid) * 8), len(grid) * 8)
    for y in range(len(grid)):
        level = min(max(eighths - (len(grid) - 1 - y) * 8, 0), 8)
        if level:
            grid[y][x] = Span(_BLOCKS[level], "s1")


def _dot(grid: Sequence[list[Span]], x: int, share: float | None) -> None:
    if share is None or not 0 <= share < 1 or x % 2:
        return
    thirds = int(share * len(grid) * 3)
    y = len(grid) - 1 - thirds // 3
    if grid[y][x].text == " ":
        grid[y][x] = Span(_DOTS[thirds % 3], "text")


def _axis(wide: int, budget: int) -> list[Line]:
    here = round((budget - 1) * (wide - 1) / (MOST_LAYERS - 1))
    left, right = Span("└" + "─" * here, "line"), Span("─" * (wide - here - 1), "line")
    rule = (Span(" " * _AXIS), left, Span("┴", "pay"), right)
    numbers = [" "] * (wide + 3)
    for at in (1, 25, 50, 75, 100, 125):
        x = min(round((at - 1) * (wide - 1) / (MOST_LAYERS - 1)), wide - len(str(at)))
        numbers[x : x + len(str(at))] = str(at)
    return [rule, (Span(" " * (_AXIS + 1)), Span("".join(numbers)[: wide + 1], "dim"))]


def _legend(found: Curve, budget: int, release: int) -> Line:
    knee = found.knee
    return (
        Span(" " * (_AXIS + 1)),
        Span("●", "pay"),
        Span(f" here {budget}, {prose(release)}   "),
        Span("▼", "accent"),
        Span(f" knee {knee}, {prose(found.churn[knee])}"),
    )
