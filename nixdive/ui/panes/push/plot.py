"""The curve of what releases cost over the layer budget, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.request import MOST_LAYERS
from nixdive.sizes import prose
from nixdive.ui.draw.figures import letters
from nixdive.ui.draw.line import Line, Span
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.workspace.curve import Curve

_BLOCKS = " ▁▂▃▄▅▆▇█"
_DOTS = ".·˙"
_AXIS = 7  # cells left of the plot
_STEPS = (1, 2, 4, 6, 8, 10)  # what the numbers of the axis begin with


def plot(found: Curve, budget: int, release: int, cells: int, rows: int) -> list[Line]:
    """Return the plot: churn filled from the floor up, nixpkgs dotted, the knee and the present place named.

    Args:
        found: what to draw.
        budget: the present one.
        release: what the present plan costs.
        cells: the width.
        rows: the height, with the axis and the legend.
    """
    high = max(rows - 2, 1)
    wide = cells - _AXIS - 1
    top = _top(found)
    grid = [[Span(" ")] * wide for _ in range(high)]
    for x in range(wide):
        at = 1 + (MOST_LAYERS - 1) * x / max(wide - 1, 1)
        _fill(grid, x, _above(found.churn, at, found.floor, top))
        _dot(grid, x, _above(found.nixpkgs, at, found.floor, top))
    knee = found.knee
    row = _name(grid, knee, (found.churn[knee] - found.floor) / top, found.churn[knee], -1)
    _name(grid, budget, (release - found.floor) / top, release, row)
    labels = {0: _mark(top), high - 1: "floor"}
    if high > 5:
        labels[(high - 1) // 2] = _mark(top // 2)
    lines = []
    for y, line in enumerate(grid):
        lines.append((Span(f"{labels.get(y, ''):>{_AXIS - 1}} ", "dim"), Span("│", "line"), *line))
    return [*lines, *_axis(wide, budget), _legend(found)]


def _top(found: Curve) -> int:
    """Return the bytes above the floor at the top of the plot: the smallest budgets are cut off."""
    above = sorted(cost - found.floor for cost in found.churn.values())
    least = max(above[int(len(above) * 0.85)], 1)
    unit = 1
    while least >= 1000 * unit:
        unit <<= 10
    while least > 10 * unit:
        unit *= 10
    return next((step * unit for step in _STEPS if step * unit >= least), 10 * unit)


def _mark(size: int) -> str:
    mantissa, letter = letters(size)
    return f"+{mantissa.removesuffix('.0').removesuffix('.00')}{letter}"


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


def _name(grid: Sequence[list[Span]], budget: int, share: float, cost: int, above: int) -> int:
    """Name a point of the plot where it lies, in a row of its own, and return the row.

    Args:
        grid: the plot.
        budget: of the point.
        share: how high it lies.
        cost: of the point.
        above: the row of the knee, which is named first; -1 for the knee itself.
    """
    high, wide = len(grid), len(grid[0])
    knee = above < 0
    mark, what, role = ("▼", "knee", "accent") if knee else ("●", "here", "pay")
    text = f"{mark} {what}: {counted(budget, 'layer')}, {prose(cost)}"
    y = min(max(high - 1 - int(share * high) - knee, 0), high - 1)
    if y == above:
        y = above + 1 if above + 1 < high else above - 1
    y = max(y, 0)
    x = round((budget - 1) * (wide - 1) / (MOST_LAYERS - 1)) + (1 if knee else 0)
    x = max(min(x, wide - len(text)), 0)
    for place, letter in enumerate(text[:wide]):
        grid[y][x + place] = Span(letter, role, bold=not knee)
    return y


def _axis(wide: int, budget: int) -> list[Line]:
    here = round((budget - 1) * (wide - 1) / (MOST_LAYERS - 1))
    left, right = Span("└" + "─" * here, "line"), Span("─" * (wide - here - 1), "line")
    rule = (Span(" " * _AXIS), left, Span("┴", "pay"), right)
    numbers = [" "] * (wide + 3)
    for at in (1, 25, 50, 75, 100, 125):
        x = min(round((at - 1) * (wide - 1) / (MOST_LAYERS - 1)), wide - len(str(at)))
        numbers[x : x + len(str(at))] = str(at)
    return [rule, (Span(" " * (_AXIS + 1)), Span("".join(numbers)[: wide + 1], "dim"))]


def _legend(found: Curve) -> Line:
    line: list[Span] = [Span(" " * (_AXIS + 1)), Span("█", "s1"), Span(" churn   ", "dim")]
    if found.nixpkgs:
        line += [Span("·"), Span(" nixpkgs   ", "dim")]
    return (*line, Span("floor ", "dim"), Span(prose(found.floor)))
