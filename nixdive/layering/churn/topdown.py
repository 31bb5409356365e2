"""Top-down: all in one layer, then again and again the cut that saves most."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.cut import best_cut

if TYPE_CHECKING:
    from nixdive.layering.change.arrays import Indices
    from nixdive.layering.churn.atoms import Atoms
    from nixdive.layering.churn.cut import Cut


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
