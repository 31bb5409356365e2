"""A draft: layers that the search is still changing."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering import speedup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.scenarios import Bits, Costs, Indices
    from nixdive.layering.churn.atoms import Atoms, Cut

_AT_ONCE = 1 << 15  # words of scenarios: what is worked out together stays in the processor's cache


class Draft:
    """Layers of atoms, each with its bytes, its scenarios and their weight.

    Attributes:
        atoms: what the layers are made of.
        layers: the atoms of each.
        sizes: bytes of each.
        bits: the scenarios that change each.
        weights: their weight.
    """

    def __init__(self, atoms: Atoms, layers: Sequence[Indices]) -> None:
        self.atoms = atoms
        self.layers = list(layers)
        self.sizes, self.bits, self.weights = atoms.unite_all(self.layers)
        self._cuts: list[Cut | None] = [None] * len(layers)
        self._gains = np.full(len(layers), -1.0)  # of the cuts that are known

    def __len__(self) -> int:
        return len(self.layers)

    @property
    def cost(self) -> float:
        """Bytes times weight, of all layers together."""
        return fsum((self.sizes * self.weights).tolist())

    def cut(self, at: int) -> Cut:
        """Return the best cut of a layer."""
        found = self._cuts[at]
        if found is None:
            found = self._cuts[at] = self.atoms.cut(self.layers[at])
            self._gains[at] = found.gain
        return found

    def most_gained(self) -> int:
        """Return the layer whose cut saves most, the first of equals."""
        for at in np.flatnonzero(self._gains < 0).tolist():
            self.cut(at)
        return int(np.argmax(self._gains))

    def put(self, at: int, layer: Indices) -> None:
        """Replace a layer."""
        self.layers[at] = layer
        self.sizes[at], self.weights[at] = self.atoms.unite(layer, self.bits[at])
        self._forget(at)

    def grow(self, at: int, atom: int, weight: float | None = None) -> None:
        """Put one more atom into a layer; the weight is that of both together, where it is known."""
        self.layers[at] = np.concatenate([self.layers[at], [atom]])
        self.sizes[at] += self.atoms.sizes[atom]
        self.bits[at] |= self.atoms.bits[atom]
        self.weights[at] = self.atoms.scale.sums(self.bits[at]) if weight is None else weight
        self._forget(at)

    def changed(self, at: int, layer: Indices) -> None:
        """Note the atoms of a layer whose bytes, scenarios and weight are already those of these atoms."""
        self.layers[at] = layer
        self._forget(at)

    def take_out(self, at: int, stays: Indices, bits: Bits, weight: float) -> None:
        """Leave only some atoms in a layer; with their scenarios and the weight of those."""
        self.layers[at] = stays
        self.sizes[at] = self.atoms.sizes[stays].sum()
        self.bits[at] = bits
        self.weights[at] = weight
        self._forget(at)

    def add(self, layer: Indices) -> None:
        """Add a layer."""
        self.layers.append(layer)
        self.sizes = np.append(self.sizes, 0.0)
        self.bits = np.vstack([self.bits, np.zeros_like(self.atoms.bits[:1])])
        self.weights = np.append(self.weights, 0.0)
        self._cuts.append(None)
        self._gains = np.append(self._gains, -1.0)
        self.put(len(self.layers) - 1, layer)

    def merges(self, at: int, start: int = 0) -> Costs:
        """Return what it costs to merge a layer with each of the others, from one on; infinity for itself."""
        if speedup.IN_C:
            found, scale = np.empty(len(self) - start), self.atoms.scale.whole
            speedup.kernel.merges(self.bits, self.sizes, self.weights, at, start, scale, found)
            return found
        some = slice(start, None)
        weights = self.atoms.scale.sums(self.bits[some] | self.bits[at])
        costs: Costs = self.sizes[some] * (weights - self.weights[some])
        costs += self.sizes[at] * (weights - self.weights[at])
        if at >= start:
            costs[at - start] = np.inf
        return costs

    def pairs(self) -> Costs:
        """Return what it costs to merge each layer with each of the others."""
        costs = np.full((len(self), len(self)), np.inf)
        if speedup.IN_C:
            speedup.kernel.pairs(self.bits, self.sizes, self.weights, self.atoms.scale.whole, costs)
            return costs
        count, words = self.bits.shape
        rows = max(_AT_ONCE // (count * words), 1)
        for start in range(0, count, rows):
            some, others = slice(start, start + rows), slice(start, None)
            weights = self.atoms.scale.sums(self.bits[some, None] | self.bits[others])
            block = self.sizes[others] * (weights - self.weights[others])
            block += self.sizes[some, None] * (weights - self.weights[some, None])
            for at, row in enumerate(block[:, 1:], start):
                costs[at, at + 1 :] = costs[at + 1 :, at] = row[at - start :]
        return costs

    def _forget(self, at: int) -> None:
        self._cuts[at] = None
        self._gains[at] = -1.0
