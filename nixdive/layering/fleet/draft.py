"""A draft of a fleet: layers that the search is still changing, each with the images that use it."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nixdive.layering.churn.atoms import Atoms, Cut, best_cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nixdive.layering.change.scenarios import Costs, Indices

Users: TypeAlias = NDArray[np.bool_]  # which images use a layer

# what a byte that one image pulls counts beside a byte that is pushed
PULL = 0.2
_ROOM = 64


@dataclass(frozen=True, slots=True)
class Charge:
    """The price of bytes that change: they are pushed once, and pulled by every image that uses them.

    Attributes:
        images: for each kind of image how many there are; those that hold the same paths are of one kind.
        pull: what a byte that one image pulls counts beside one that is pushed.
    """

    images: Costs
    pull: float = PULL

    def of(self, counts: Costs) -> Costs:
        """Return the price of a byte by the number of images that use it; nothing where none does."""
        prices: Costs = (counts > 0) + self.pull * counts
        return prices


class FleetDraft:
    """Layers of atoms in rows; a row that no image uses is free.

    In every image each atom lies in one layer at most, so two layers have an atom in common only where no
    image uses both. No two layers have the same atoms.

    Attributes:
        atoms: what the layers are made of.
        charge: what they cost.
        layers: the atoms of each, sorted.
        users: for each layer which images use it.
        sizes: bytes of each.
        bits: the scenarios that change each.
        weights: their weight.
        counts: how many images use each.
        renewal: what it costs besides to change each, because the registry has it as it is.
        costs: what it costs to merge two layers in the images that use both; infinity where none does.
    """

    def __init__(
        self,
        atoms: Atoms,
        charge: Charge,
        layers: Iterable[tuple[Indices, Users]],
        *,
        renewal: Mapping[bytes, float] = MappingProxyType({}),
        merging: bool = True,
    ) -> None:
        self.atoms = atoms
        self._renewal = renewal
        self.charge = charge
        self._rows: dict[bytes, int] = {}
        self._merging = merging
        found = self._united(layers)
        rows = len(found) + _ROOM
        self.layers: list[Indices] = [_NONE] * rows
        self.users: Users = np.zeros((rows, len(charge.images)), dtype=bool)
        self.sizes = np.zeros(rows)
        self.bits = np.zeros((rows, atoms.bits.shape[1]), dtype=np.uint64)
        self.weights = np.zeros(rows)
        self.counts = np.zeros(rows)
        self.renewal = np.zeros(rows)
        self._cuts: list[Cut | None] = [None] * rows
        self._free = list(range(rows))[::-1]
        self.costs = np.full((rows, rows), np.inf)
        for layer, users in found:
            self._put(self._free.pop(), layer, users)
        if merging:
            for row in range(len(found)):
                self.costs[row] = self.merges(row)

    @staticmethod
    def _united(layers: Iterable[tuple[Indices, Users]]) -> list[tuple[Indices, Users]]:
        found: dict[bytes, tuple[Indices, Users]] = {}
        for layer, users in layers:
            atoms = np.sort(layer)
            key = atoms.tobytes()
            found[key] = (atoms, users | found[key][1] if key in found else users)
        return list(found.values())

    def copy(self) -> Self:
        """Return a draft that can be changed without changing this one."""
        other = copy(self)
        for name in _CHANGING:
            setattr(other, name, copy(getattr(self, name)))
        return other

    @property
    def rows(self) -> list[int]:
        """The rows that are layers."""
        return np.flatnonzero(self.counts).tolist()

    @property
    def cost(self) -> float:
        """Bytes times weight times price, of all layers together."""
        return float(sum((self.sizes * self.weights * self.charge.of(self.counts)).tolist()))

    @property
    def lengths(self) -> Indices:
        """How many layers each image has."""
        lengths: Indices = self.users.sum(axis=0)
        return lengths

    def cut(self, row: int) -> Cut:
        """Return the best cut of a layer; its gain is without the price."""
        found = self._cuts[row]
        if found is None:
            found = self._cuts[row] = best_cut(self.atoms, self.layers[row])
        return found

    def gain(self, row: int) -> float:
        """Return what the best cut of a layer saves."""
        return self.cut(row).gain * float(self.charge.of(self.counts[row]))

    def merges(self, row: int) -> Costs:
        """Return what it costs to merge a layer with each of the others, in the images that use both.

        In the other images both stay as they are, and their bytes are in the registry twice.
        """
        price = self.charge.of
        both = self.users @ (self.charge.images * self.users[row])
        union = self.atoms.weigh(self.bits | self.bits[row])
        size, weight, count = self.sizes[row], self.weights[row], self.counts[row]
        here = size * weight * (price(count - both) - price(count))
        there = self.sizes * self.weights * (price(self.counts - both) - price(self.counts))
        costs: Costs = (self.sizes + size) * union * price(both) + here + there
        costs += self.renewal + self.renewal[row]
        costs[both == 0] = np.inf
        costs[row] = np.inf
        return costs

    def merge(self, row: int, other: int) -> list[int]:
        """Merge two layers in the images that use both; return the rows that changed."""
        mine, its = self.users[row].copy(), self.users[other].copy()
        first, second = self.layers[row], self.layers[other]
        return self.replace(
            (row, other),
            (
                (np.concatenate([first, second]), mine & its),
                (first, mine & ~its),
                (second, its & ~mine),
            ),
        )

    def replace(self, rows: Sequence[int], layers: Iterable[tuple[Indices, Users]]) -> list[int]:
        """Replace layers by others, none of which need be used; return the rows that changed."""
        for row in rows:
            self._drop(row)
        changed = dict.fromkeys(rows)
        for layer, users in layers:
            if users.any() and len(layer):
                atoms = np.sort(layer)
                row = self._rows.get(atoms.tobytes(), -1)
                if row >= 0:
                    self._put(row, atoms, users | self.users[row])
                else:
                    row = self._take()
                    self._put(row, atoms, users)
                changed[row] = None
        if self._merging:
            for row in changed:
                self.costs[row, :] = self.costs[:, row] = self.merges(row)
        return list(changed)

    def _put(self, row: int, layer: Indices, users: Users) -> None:
        self._rows[layer.tobytes()] = row
        if self.layers[row] is not layer:
            self._cuts[row] = None
        self.layers[row] = layer
        self.users[row] = users
        self.counts[row] = users @ self.charge.images
        self.sizes[row] = self.atoms.sizes[layer].sum()
        self.bits[row] = np.bitwise_or.reduce(self.atoms.bits[layer], axis=0)
        self.weights[row] = self.atoms.weigh(self.bits[row])
        self.renewal[row] = self._renewal.get(layer.tobytes(), 0.0)

    def _drop(self, row: int) -> None:
        del self._rows[self.layers[row].tobytes()]
        self.layers[row] = _NONE
        self._cuts[row] = None
        for values in (self.users, self.counts, self.sizes, self.bits, self.weights, self.renewal):
            values[row] = 0
        self._free.append(row)

    def _take(self) -> int:
        if not self._free:
            rows = len(self.layers)
            self.layers += [_NONE] * _ROOM
            self._cuts += [None] * _ROOM
            self._free = list(range(rows, rows + _ROOM))[::-1]
            for name in ("users", "bits"):
                setattr(self, name, np.pad(getattr(self, name), ((0, _ROOM), (0, 0))))
            for name in ("counts", "sizes", "weights", "renewal"):
                setattr(self, name, np.pad(getattr(self, name), (0, _ROOM)))
            self.costs = np.pad(self.costs, (0, _ROOM), constant_values=np.inf)
        return self._free.pop()


_NONE: Indices = np.zeros(0, dtype=np.int64)
_CHANGING = (
    "users",
    "sizes",
    "bits",
    "weights",
    "counts",
    "renewal",
    "costs",
    "layers",
    "_rows",
    "_cuts",
    "_free",
)
