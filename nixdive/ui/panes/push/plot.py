"""What releases cost over the layer budget, as two plots below each other: NAR bytes, and seconds.

The axis of budgets is logarithmic: the first layers matter most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.sizes import prose
from nixdive.ui.draw.figures import letters
from nixdive.ui.draw.line import Line, Span, cut
from nixdive.words import brief, counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.workspace.curve import Curve

    Grid = Sequence[list[Span]]

_BLOCKS = " ▁▂▃▄▅▆▇█"
_DOTS = ".·˙"
_BYTES, _SECONDS = "s1", "s2"
_AXIS = 7  # cells left of the plots
_STEPS = (1, 2, 4, 6, 8, 10)  # what the numbers of the axis begin with
_CUT_OFF = 0.25  # of the width: smaller budgets may reach beyond the top
_MOST_SECONDS = 2.0  # times the fewest at the top of their plot
_LEAST_SECONDS = 1.2  # as well: less is no difference to see
_WITH_LEGEND = 10  # lines from which on there is one


@dataclass(frozen=True, slots=True)
class Here:
    """The plan that is shown.

    Attributes:
        layers: how many layers it has, which may be fewer than its budget.
        release: NAR bytes that a release is expected to push.
        seconds: until it has arrived; None where that is not known.
    """

    layers: int
    release: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class _Point:
    """A budget that is marked on a curve and named beside it."""

    mark: str
    budget: int
    cost: float
    words: str
    role: str


@dataclass(frozen=True, slots=True)
class _Panel:
    """One of the plots.

    Attributes:
        costs: by budget.
        others: those of nixpkgs, dotted.
        bottom: the cost at the bottom.
        top: the cost at the top; more is cut off.
        labels: what stands beside the bottom and the top.
        points: what is marked, in the order in which it is named.
        role: of the colour that it is filled with.
    """

    costs: Mapping[int, float]
    others: Mapping[int, float]
    bottom: float
    top: float
    labels: tuple[str, str]
    points: tuple[_Point, ...]
    role: str

    def share(self, cost: float | None) -> float | None:
        """Return how far a cost is from the bottom to the top, both included; None for none."""
        if cost is None:
            return None
        return min(max((cost - self.bottom) / (self.top - self.bottom), 0.0), 1.0)


def plot(found: Curve, here: Here, cells: int, rows: int) -> list[Line]:
    """Return the plots: churn filled from the floor up, nixpkgs dotted.

    Marked and named are the present count in both, the knee of the bytes, and the budget with which a
    release arrives soonest.

    Args:
        found: what to draw.
        here: the present plan.
        cells: the width.
        rows: how many lines, those of the axis and the legend included.
    """
    legend = [_legend(found)] if rows >= _WITH_LEGEND else []
    panels = [_bytes(found, here), *([_seconds(found, here)] if found.seconds else [])]
    room, wide = rows - 2 - len(legend), max(cells - _AXIS - 2, 2)
    lines: list[Line] = []
    for place, panel in enumerate(panels):
        high = max(-(-(room - len(lines)) // (len(panels) - place)), 1)
        lines += _drawn(panel, found.most, wide, high)
    return [*lines, *_axis(wide, here.layers, found.most), *legend]


def _bytes(found: Curve, here: Here) -> _Panel:
    knee, above = found.knee, _step(_first(found.churn, found.most) - found.floor)
    best = found.churn[knee]
    return _Panel(
        found.churn,
        found.nixpkgs,
        found.floor,
        found.floor + above,
        ("floor", _mark(above)),
        (
            _here(here.layers, here.release, prose(here.release)),
            _Point("▼", knee, best, f"knee: {_named(knee, prose(best))}", "accent"),
        ),
        _BYTES,
    )


def _seconds(found: Curve, here: Here) -> _Panel:
    best = found.soonest
    fewest = found.seconds[best]
    most = max(cost for at, cost in found.seconds.items() if at >= _cut_off(found.most))
    top = max(min(max(most, _LEAST_SECONDS * fewest), _MOST_SECONDS * fewest), 0.01)
    now = here.seconds
    points = [] if now is None else [_here(here.layers, now, brief(now))]
    points.append(_Point("◆", best, fewest, f"soonest: {_named(best, brief(fewest))}", "accent"))
    bottom = min(found.seconds.values())
    return _Panel(found.seconds, {}, bottom, top, (brief(bottom), brief(top)), tuple(points), _SECONDS)


def _here(budget: int, cost: float, words: str) -> _Point:
    return _Point("●", budget, cost, f"here: {_named(budget, words)}", "pay")


def _named(budget: int, cost: str) -> str:
    return f"{counted(budget, 'layer')}, {cost}"


def _drawn(panel: _Panel, most: int, wide: int, high: int) -> list[Line]:
    grid = [[Span(" ")] * wide for _ in range(high)]
    for x in range(wide):
        at = _budget(most, x, wide)
        _fill(grid, x, panel.share(_cost(panel.costs, at)), panel.role)
        _dot(grid, x, panel.share(_cost(panel.others, at)))
    places = []
    for point in reversed(panel.points):  # the first one lies on top
        share = panel.share(point.cost) or 0.0
        places.append((high - 1 - min(int(share * high), high - 1), _column(most, point.budget, wide)))
        grid[places[-1][0]][places[-1][1]] = Span(point.mark, point.role, bold=True)
    rows = list(range(high))
    for point in panel.points:
        words = cut(f"{point.mark} {point.words}", wide)
        for y in rows:
            if _write(grid[y], words, point.role, [column for row, column in places if row == y]):
                rows.remove(y)
                break
    labels = {high - 1: panel.labels[0], 0: panel.labels[1]}
    return [
        (Span(f"{labels.get(y, ''):>{_AXIS - 1}} ", "dim"), Span("│", "line"), *line)
        for y, line in enumerate(grid)
    ]


def _write(line: list[Span], words: str, role: str, marks: Sequence[int]) -> bool:
    """Write words into a line of cells, at its end or where no mark is; return whether there is room."""
    size = len(words)
    starts = (len(line) - size, max(marks, default=0) + 2, min(marks, default=0) - size - 1)
    fitting = (
        one
        for one in starts
        if 0 <= one <= len(line) - size and all(not one - 1 <= mark <= one + size for mark in marks)
    )
    start = next(fitting, None)
    if start is None:
        return False
    for place, letter in enumerate(f" {words} ", start - 1):
        if 0 <= place < len(line):
            line[place] = Span(letter, role, bold=True)
    return True


def _fill(grid: Grid, x: int, share: float | None, role: str) -> None:
    if share is None:
        return
    eighths = max(round(share * len(grid) * 8), 1)
    for y in range(len(grid)):
        level = min(max(eighths - (len(grid) - 1 - y) * 8, 0), 8)
        if level:
            grid[y][x] = Span(_BLOCKS[level], role)


def _dot(grid: Grid, x: int, share: float | None) -> None:
    if share is None or share >= 1 or x % 2:
        return
    thirds = int(share * len(grid) * 3)
    y = len(grid) - 1 - thirds // 3
    if grid[y][x].text == " ":
        grid[y][x] = Span(_DOTS[thirds % 3], "text")


def _cost(costs: Mapping[int, float], budget: int) -> float | None:
    """Return the cost for a budget, between those that are known."""
    known = sorted(costs)
    if not known or budget < known[0]:
        return None
    above = next((one for one in known if one >= budget), known[-1])
    below = max(one for one in known if one <= budget)
    share = (budget - below) / (above - below) if above > below else 0.0
    return costs[below] + (costs[above] - costs[below]) * share


def _cut_off(most: int) -> int:
    return round(math.pow(most, _CUT_OFF))


def _first(costs: Mapping[int, float], most: int) -> float:
    """Return the most that a budget costs which has to be in sight."""
    return max((cost for at, cost in costs.items() if at >= _cut_off(most)), default=max(costs.values()))


def _step(size: float) -> int:
    """Return a round number of bytes that is not smaller."""
    least = max(round(size), 1)
    unit = 1
    while least >= 1000 * unit:
        unit <<= 10
    while least > 10 * unit:
        unit *= 10
    return next((step * unit for step in _STEPS if step * unit >= least), 10 * unit)


def _mark(size: int) -> str:
    mantissa, letter = letters(size)
    return f"+{mantissa.removesuffix('.0').removesuffix('.00')}{letter}"


def _column(most: int, budget: int, wide: int) -> int:
    """Return the column of a budget; those beyond the most share the last one, and none is in the first."""
    return round(math.log(min(max(budget, 1), most)) * (wide - 1) / math.log(most)) if most > 1 else 0


def _budget(most: int, column: int, wide: int) -> int:
    """Return the budget that a column is about."""
    return max(round(math.pow(most, column / max(wide - 1, 1))), 1)


def _axis(wide: int, budget: int, most: int) -> list[Line]:
    here = _column(most, budget, wide)
    left, right = Span("└" + "─" * here, "line"), Span("─" * (wide - here - 1), "line")
    rule = (Span(" " * _AXIS), left, Span("┴", "pay"), right)
    numbers = [" "] * (wide + 1)
    end = wide + 1
    doubled = [1 << power for power in range(most.bit_length()) if 3 << power <= most << 1]
    for at in reversed([*doubled, *([] if doubled and doubled[-1] == most else [most])]):
        text = str(at)
        x = min(_column(most, at, wide), wide - len(text))
        if x + len(text) < end:  # the largest goes first, and a number never touches the next
            numbers[x : x + len(text)] = text
            end = x
    return [rule, (Span(" " * (_AXIS + 1)), Span("".join(numbers)[:wide], "dim"))]


def _legend(found: Curve) -> Line:
    line: list[Span] = [Span(" " * (_AXIS + 1)), Span("█", _BYTES), Span(" NAR bytes  ", "dim")]
    if found.nixpkgs:
        line += [Span("·"), Span(" nixpkgs  ", "dim")]
    if found.seconds:
        line += [Span("█", _SECONDS), Span(" seconds  ", "dim")]
    return (*line, Span("floor ", "dim"), Span(prose(found.floor)))
