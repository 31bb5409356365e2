"""What the next push sends, as rows, and what releases cost over the layer budget, as a plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

from nixdive.layering.versions import layer_before
from nixdive.sizes import prose
from nixdive.ui.draw.figures import letters, size_cells
from nixdive.ui.draw.line import Line, Span, cut, width
from nixdive.ui.naming import dearer
from nixdive.visible import visible
from nixdive.words import brief, counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Layer
    from nixdive.store.path import StorePath
    from nixdive.workspace.baseline import Baseline
    from nixdive.workspace.curve import Curve
    from nixdive.workspace.priced_plan import PricedPlan

_BLOCKS = " ▁▂▃▄▅▆▇█"
_DOTS = ".·˙"
_AXIS = 7  # cells left of the plot
_STEPS = (1, 2, 4, 6, 8, 10)  # what the numbers of the axis begin with

_BAR, _SHORT = 18, 8
_WIDE = 52


class Sent(NamedTuple):
    """A layer that is pushed.

    Attributes:
        layer: its index.
        size: bytes.
        cause: why it is pushed, in a few words.
        dearer: whether the last edit made it so: most of it was kept before.
    """

    layer: int
    size: int
    cause: str
    dearer: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """What the baseline tells of causes, worked out once.

    Attributes:
        baseline: the earlier version.
        home: for each of its store paths the layer.
    """

    baseline: Baseline
    home: Mapping[StorePath, int]

    @classmethod
    def of(cls, baseline: Baseline) -> Self:
        """Return it for a baseline."""
        return cls(baseline, baseline.plan.layer_of())


def sent(
    closure: Closure, priced: PricedPlan, before: PricedPlan | None, past: Before | None
) -> tuple[Sent, ...]:
    """Return the layers that the next push sends, the largest first.

    Args:
        closure: the closure.
        priced: the plan.
        before: the plan before the last edit, or None.
        past: the baseline, or None.
    """
    rows = [
        Sent(i, size, _cause(closure, priced, i, past), dearer(priced, before, i))
        for i in range(len(priced.plan.layers))
        if (size := priced.push_of(i))
    ]
    return tuple(sorted(rows, key=lambda row: (-row.size, row.layer)))


def summary(priced: PricedPlan, rows: tuple[Sent, ...], cells: int) -> Line:
    """Return what is sent, and what is kept where there is room for it."""
    layers = len(priced.plan.layers)
    kept = priced.plan.nar_size - sum(row.size for row in rows)
    if not priced.plan.sized:
        return (Span(f" {counted(len(rows), 'layer')} to send"), Span("   sizes are unknown", "dim"))
    line = [
        Span(f" {prose(priced.push_bytes)}", "bright", bold=True),
        Span(f" in {counted(len(rows), 'layer')} to send"),
    ]
    if priced.cost is not None and layers > len(rows):
        rest = Span(f"   {prose(max(kept, 0))} in {layers - len(rows)} kept", "dim")
        line += [rest] if width(line) + len(rest.text) <= cells else []
    return tuple(line)


def row(one: Sent, ground: str, most: int, cells: int, *, sized: bool = True) -> Line:
    """Return the row of a layer: its number, its bytes as a number and as a bar, and why it is pushed.

    Args:
        one: the layer.
        ground: the role of its colour.
        most: bytes of the largest one.
        cells: the width.
        sized: whether sizes are known; where they are not, store paths are counted.
    """
    mark = Span("▲" if one.dearer else " ", "pay", bold=True)
    line = [Span("▌", ground), Span(f"{one.layer + 1:<4}"), mark, Span(" ")]
    line += size_cells(one.size, pays=True, sized=sized)
    bar = _BAR if cells >= _WIDE else _SHORT
    length = max(round(bar * one.size / most), 1) if most else 0
    line += [Span("  "), Span("━" * length, "pay"), Span(" " * (bar - length + 2))]
    room = max(cells - width(line) - 1, 0)
    line.append(Span(cut(visible(one.cause), room), "pay" if one.dearer else "text"))
    return tuple(line)


def _cause(closure: Closure, priced: PricedPlan, index: int, past: Before | None) -> str:
    layer = priced.plan.layers[index]
    if priced.cost is None or past is None or not layer.paths:
        return layer.reason
    if priced.layer_marks[index] == "+" and layer.pin is not None:
        return f"pin {layer.pin}: new layer"
    sizes = {path: closure.nar_sizes[closure.index[path]] for path in layer.paths}
    changed = [path for path in layer.paths if priced.path_marks.get(path, "=") != "="]
    if not changed:
        return f"pin {layer.pin}: new layer" if layer.pin is not None else _moves(priced, layer, past, sizes)
    largest = max(changed, key=lambda path: (sizes[path], path))
    was = priced.pricer.origins.get(largest)
    verb = "is new" if was is None else "rebuilt" if was.version == largest.version else "updated"
    more = f" +{len(changed) - 1}" if len(changed) > 1 else ""
    return f"{largest.package} {verb}{more}"


def _moves(priced: PricedPlan, layer: Layer, past: Before, sizes: Mapping[StorePath, int]) -> str:
    """Return what came to a layer or left it, where all of its paths are as they were."""
    nearest = layer_before(layer.paths, priced.pricer.origins, past.home)
    if nearest is None:
        return "new layer"
    was = past.baseline.plan.layers[nearest[0]].paths
    came = [path for path in layer.paths if path not in was]
    if came:
        largest = max(came, key=lambda path: (sizes[path], path))
        return f"{largest.package} was moved in" + (f" +{len(came) - 1}" if len(came) > 1 else "")
    went = [path for path in was if path not in layer.paths]
    if not went:
        return "in a different order"
    if len(went) > len(layer.paths):
        return f"split off from {counted(len(went), 'path')}"
    largest = max(went, key=lambda path: (past.baseline.sizes.get(path, 0), path))
    return f"{largest.package} was moved out" + (f" +{len(went) - 1}" if len(went) > 1 else "")


def plot(found: Curve, budget: int, release: int, cells: int, rows: int) -> list[Line]:
    """Return the plot: bytes of churn filled from the floor up, those of nixpkgs dotted, seconds as a line.

    Named are the knee, the present place, and the budget with which a release arrives soonest.

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
        at = 1 + (found.most - 1) * x / max(wide - 1, 1)
        _fill(grid, x, _above(found.churn, at, found.floor, top))
        _dot(grid, x, _above(found.nixpkgs, at, found.floor, top))
        _line(grid, x, _timed(found, at))
    knee = found.knee
    row = _name(grid, found, knee, found.churn[knee], -1)
    taken = {row, _name(grid, found, budget, release, row)}
    if found.seconds:
        _name_soonest(grid, found, taken)
    labels = {0: _mark(top), high - 1: "floor"}
    if high > 5:
        labels[(high - 1) // 2] = _mark(top // 2)
    lines = []
    for y, line in enumerate(grid):
        lines.append((Span(f"{labels.get(y, ''):>{_AXIS - 1}} ", "dim"), Span("│", "line"), *line))
    return [*lines, *_axis(wide, budget, found.most), _legend(found)]


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


def _timed(found: Curve, budget: float) -> float | None:
    """Return how high the seconds for a budget lie: the fewest at the bottom, twice as many at the top."""
    fewest = round(1000 * min(found.seconds.values(), default=0.0))
    if not fewest:
        return None
    thousandths = {at: round(1000 * one) for at, one in found.seconds.items()}
    return _above(thousandths, budget, fewest, fewest)


def _line(grid: Sequence[list[Span]], x: int, share: float | None) -> None:
    if share is not None and 0 <= share < 1:
        grid[len(grid) - 1 - int(share * len(grid))][x] = Span("─", "accent")


def _name_soonest(grid: Sequence[list[Span]], found: Curve, taken: Collection[int]) -> None:
    """Name the budget with which a release arrives soonest, in the lowest row that nothing is named in."""
    free = [y for y in range(len(grid)) if y not in taken]
    best, wide = found.soonest, len(grid[0])
    text = f"◆ soonest: {counted(best, 'layer')}, {brief(found.seconds[best])}"
    if not free or len(text) > wide:
        return
    x = max(min(_column(found.most, best, wide), wide - len(text)), 0)
    for place, letter in enumerate(text):
        grid[free[-1]][x + place] = Span(letter, "accent", bold=True)


def _column(most: int, budget: int, wide: int) -> int:
    return round((min(budget, most) - 1) * (wide - 1) / max(most - 1, 1))


def _name(grid: Sequence[list[Span]], found: Curve, budget: int, cost: int, above: int) -> int:
    """Name a point of the plot where it lies, in a row of its own, and return the row.

    Args:
        grid: the plot.
        found: what is drawn.
        budget: of the point.
        cost: of the point.
        above: the row of the knee, which is named first; -1 for the knee itself.
    """
    high, wide = len(grid), len(grid[0])
    share = (cost - found.floor) / _top(found)
    knee = above < 0
    mark, what, role = ("▼", "knee", "accent") if knee else ("●", "here", "pay")
    text = f"{mark} {what}: {counted(budget, 'layer')}, {prose(cost)}"
    y = min(max(high - 1 - int(share * high) - knee, 0), high - 1)
    if y == above:
        y = above + 1 if above + 1 < high else above - 1
    y = max(y, 0)
    x = _column(found.most, budget, wide) + (1 if knee else 0)
    x = max(min(x, wide - len(text)), 0)
    for place, letter in enumerate(text[:wide]):
        grid[y][x + place] = Span(letter, role, bold=not knee)
    return y


def _axis(wide: int, budget: int, most: int) -> list[Line]:
    here = _column(most, budget, wide)
    left, right = Span("└" + "─" * here, "line"), Span("─" * (wide - here - 1), "line")
    rule = (Span(" " * _AXIS), left, Span("┴", "pay"), right)
    numbers = [" "] * (wide + 3)
    for at in (1, *(round(most * fifth / 5) for fifth in (1, 2, 3, 4, 5) if most >= 5)):
        x = min(_column(most, at, wide), wide - len(str(at)))
        numbers[x : x + len(str(at))] = str(at)
    return [rule, (Span(" " * (_AXIS + 1)), Span("".join(numbers)[: wide + 1], "dim"))]


def _legend(found: Curve) -> Line:
    line: list[Span] = [Span(" " * (_AXIS + 1)), Span("█", "s1"), Span(" churn   ", "dim")]
    if found.nixpkgs:
        line += [Span("·"), Span(" nixpkgs   ", "dim")]
    if found.seconds:
        line += [Span("─", "accent"), Span(" seconds   ", "dim")]
    return (*line, Span("floor ", "dim"), Span(prose(found.floor)))
