"""A lower bound: no plan in the budget is expected to push less."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.scenarios import Costs

_LEVELS = 1500
_STEPS = 40


def lower_bound(chances: Costs, sizes: Sequence[int], count: int) -> float:
    """Return bytes that every layout of the paths in at most so many layers is expected to push.

    A layer changes at least as often as the member that changes most. If it changed only then, layers of
    neighbours in the order of change would be best, and dynamic programming finds where to cut that order.
    The cost of the best cuts is convex in their number, so a layer has a price instead; every price gives a
    bound, and the best one is found by bisection.

    Args:
        chances: for each path the chance that a release changes it.
        sizes: bytes of each.
        count: layers, at least 1.
    """
    levels, weights = _levels(chances, np.array(sizes, dtype=np.float64))
    if len(levels) <= count:
        return float((levels * weights).sum())
    below = [0.0, *np.cumsum(weights).tolist()]
    steps = levels.tolist()
    low, high = 0.0, below[-1] * steps[-1]
    best = 0.0
    for _ in range(_STEPS):
        price = (low + high) / 2
        cost, layers = _cheapest(steps, below, price)
        best = max(best, cost - price * count)
        if layers > count:
            low = price
        else:
            high = price
    return best


def _levels(chances: Costs, sizes: Costs) -> tuple[Costs, Costs]:
    """Return the chances that occur, ascending, with the bytes that have each; near ones are rounded down."""
    order = np.argsort(chances, kind="stable")
    levels, starts = np.unique(chances[order], return_index=True)
    weights = np.add.reduceat(sizes[order], starts)
    if len(levels) <= _LEVELS:
        return levels, weights
    kept = np.unique(np.linspace(0, len(levels) - 1, _LEVELS).astype(np.int64))
    return levels[kept], np.add.reduceat(weights, kept)


class _Line(NamedTuple):
    """A place for the last cut: what it costs is a line over the chance that the last layer changes."""

    slope: float
    start: float
    layers: int

    def at(self, level: float) -> float:
        return self.slope * level + self.start


def _cheapest(levels: Sequence[float], below: Sequence[float], price: float) -> tuple[float, int]:
    """Return the least cost of cutting the levels into layers that have a price besides, and their number."""
    lines = [_Line(0.0, 0.0, 0)]  # those that are lowest somewhere
    at = 0
    cost, layers = 0.0, 0
    for i, level in enumerate(levels):
        while at + 1 < len(lines) and lines[at + 1].at(level) <= lines[at].at(level):
            at += 1
        cost, layers = below[i + 1] * level + lines[at].at(level) + price, lines[at].layers + 1
        line = _Line(-below[i + 1], cost, layers)
        while len(lines) - at >= 2 and _hidden(lines[-2], lines[-1], line):
            lines.pop()
        lines.append(line)
    return cost, layers


def _hidden(first: _Line, middle: _Line, last: _Line) -> bool:
    """Whether the middle one of three lines, steeper and steeper, is lowest nowhere."""
    crossing = (last.start - first.start) * (first.slope - middle.slope)
    return crossing <= (middle.start - first.start) * (first.slope - last.slope)
