"""Layouts of every number of layers: cuts from the top, and merges from the bottom."""

from __future__ import annotations

import heapq
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering import speedup
from nixdive.layering.churn.atoms import Atoms, Cut, best_cut
from nixdive.layering.churn.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.scenarios import Costs, Indices

_FULL = 0.75  # of the layers that are looked through: fewer that are there are put together


class TopDown:
    """The cuts of some atoms, best first; they are made when they are asked for, and kept."""

    def __init__(self, atoms: Atoms) -> None:
        self._atoms = atoms
        self._layers: dict[int, Indices] = {0: np.arange(len(atoms))}
        self._cuts: list[tuple[int, int, int]] = []  # which layer became which two
        self._waiting: list[tuple[float, int, Cut]] = []
        self._made = self._layers.copy()
        self._wait(0)

    def layers(self, count: int) -> list[Indices]:
        """Return the atoms in so many layers; in fewer where no cut saves anything."""
        while len(self._cuts) + 1 < count and self._waiting:
            _, name, cut = heapq.heappop(self._waiting)
            low, high = len(self._made), len(self._made) + 1
            self._made[low], self._made[high] = cut.low, cut.high
            self._cuts.append((name, low, high))
            self._wait(low)
            self._wait(high)
        names = {0: None}
        for name, low, high in self._cuts[: max(count - 1, 0)]:
            del names[name]
            names |= {low: None, high: None}
        return [self._made[name] for name in names]

    def _wait(self, name: int) -> None:
        cut = best_cut(self._atoms, self._made[name])
        if cut.gain > 0:
            heapq.heappush(self._waiting, (-cut.gain, name, cut))


class BottomUp:
    """The merges of some layers, down to one layer; they are made once, for every number of layers.

    Args:
        atoms: what the layers are made of.
        layers: the atoms of each.
        again: for each layer what it costs besides to change it at all; nothing where it is not given.

    Attributes:
        costs: bytes times weight of all layers together: at the start, and after each merge.
    """

    def __init__(self, atoms: Atoms, layers: Sequence[Indices], again: Costs | None = None) -> None:
        draft = Draft(atoms, layers)
        self.costs = [draft.cost]
        self._layers = layers
        self._merges = _merges(draft, self.costs, np.zeros(len(draft)) if again is None else again.copy())

    def layers(self, count: int) -> list[Indices]:
        """Return the layers after as many merges as leave so many."""
        groups = {at: [layer] for at, layer in enumerate(self._layers)}
        for at, other in self._merges[: max(len(self._layers) - count, 0)]:
            groups[at] += groups.pop(other)
        return [np.concatenate(group) for group in groups.values()]


def _merges(draft: Draft, costs_after: list[float], again: Costs) -> list[tuple[int, int]]:
    """Return which layer takes which one in, in the order of the merges; note the cost after each."""
    made: list[tuple[int, int]] = []
    numbers = np.arange(len(draft))
    costs = draft.pairs() + again + again[:, None]
    if speedup.IN_C:
        merged, paid = np.empty((len(draft) - 1, 2), dtype=np.int64), np.empty(len(draft) - 1)
        scale = draft.atoms.scale.whole
        speedup.kernel.merge_all(draft.bits, draft.sizes, draft.weights, costs, again, scale, merged, paid)
        costs_after += accumulate(paid.tolist(), initial=costs_after.pop())
        return [(at, other) for at, other in merged.tolist()]
    # the scenarios of one layer are a column: what they are held against is longer than they are
    bits, sizes, weights = np.ascontiguousarray(draft.bits.T), draft.sizes.copy(), draft.weights.copy()
    each = draft.atoms.scale.each
    nearest = costs.argmin(axis=1)
    least = costs[numbers, nearest]
    alive = np.ones(len(draft), dtype=bool)
    left = len(draft)
    while left > 1:
        if left < _FULL * len(numbers):  # what is gone is looked through no more
            kept = np.flatnonzero(alive)
            nearest = (np.cumsum(alive) - 1)[nearest[kept]]
            costs, least, again = costs[np.ix_(kept, kept)], least[kept], again[kept]
            bits, sizes, weights = bits[:, kept], sizes[kept], weights[kept]
            numbers, alive = numbers[kept], alive[kept]
        at = int(least.argmin())
        other = int(nearest[at])
        made.append((int(numbers[at]), int(numbers[other])))
        costs_after.append(costs_after[-1] + float(least[at]))
        bits[:, at] |= bits[:, other]
        sizes[at] += sizes[other]
        alive[other] = False
        left -= 1
        again[at] = 0.0
        both = each.dot(np.bitwise_count(bits | bits[:, at, None]).astype(np.float64))
        weights[at] = both[at]
        row = sizes * (both - weights)
        row += sizes[at] * (both - both[at])
        row += again
        row[~alive] = row[at] = np.inf
        stale = (nearest == at) | (nearest == other)
        costs[other, :] = costs[:, other] = np.inf
        costs[at, :] = costs[:, at] = row
        least[other] = np.inf
        closer = row < least
        nearest[closer], least[closer] = at, row[closer]
        stale[at] = True
        rows = np.flatnonzero(stale & alive)
        nearest[rows] = costs[rows].argmin(axis=1)
        least[rows] = costs[rows, nearest[rows]]
    return made
