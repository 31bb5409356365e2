"""A draft of a fleet: layers that the search is still changing, each with the images that use it."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nixdive.layering import speedup
from nixdive.layering.change.scenarios import WORD, Bits, Costs, Indices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nixdive.layering.churn.atoms import Atoms, Cut


Users: TypeAlias = NDArray[np.bool_]  # which images use a layer

# what a byte that one image pulls counts beside a byte that is pushed
PULL = 0.2
_ROOM = 64
_NONE: Indices = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Charge:
    """The price of bytes that change: they are pushed once, and pulled by every image that uses them.

    Attributes:
        images: for each kind of image how many there are; those that hold the same paths are of one kind.
        pull: what a byte that one image pulls counts beside one that is pushed.
    """

    images: Indices
    pull: float = PULL

    def packed(self, users: Users) -> Bits:
        """Return sets of kinds as sets of images, 64 in each word; `counted` counts them."""
        bits = np.packbits(np.repeat(users, self.images, axis=-1), axis=-1)
        words: Bits = np.zeros((*users.shape[:-1], self.words), dtype=np.uint64)
        words.view(np.uint8)[..., : bits.shape[-1]] = bits
        return words

    @property
    def words(self) -> int:
        """How many words a set of images takes."""
        return -(-int(self.images.sum()) // WORD)

    def of(self, counts: Costs | Indices) -> Costs:
        """Return the price of a byte by the number of images that use it; nothing where none does."""
        prices: Costs = np.asarray((counts > 0) + self.pull * counts, dtype=np.float64)
        return prices


def counted(images: Bits) -> Costs:
    """Return how many images each set of them has."""
    # a product with a vector is several times as fast as a sum of short rows
    counts: Costs = np.bitwise_count(images).astype(np.float64) @ np.ones(images.shape[-1])
    return counts


class FleetDraft:
    """Layers of atoms in rows; a row that no image uses is free.

    In every image each atom lies in one layer at most, so two layers have an atom in common only where no
    image uses both. No two layers have the same atoms.

    Attributes:
        atoms: what the layers are made of.
        charge: what they cost.
        layers: the atoms of each, sorted.
        users: for each layer which kinds of images use it.
        images: the same as sets of images, as `Charge.packed` has them.
        lengths: how many layers an image of each kind has.
        sizes: bytes of each.
        bits: the scenarios that change each.
        weights: their weight.
        expected: bytes times weight.
        counts: how many images use each.
        renewal: what it costs besides to change each, because the registry has it as it is.
    """

    def __init__(
        self,
        atoms: Atoms,
        charge: Charge,
        layers: Iterable[tuple[Indices, Users]],
        *,
        renewal: Mapping[bytes, float] = MappingProxyType({}),
    ) -> None:
        self.atoms = atoms
        self._renewal = renewal
        self.charge = charge
        self._rows: dict[bytes, int] = {}
        found = self._united(layers)
        rows = len(found) + _ROOM
        self.layers: list[Indices] = [_NONE] * rows
        self.users: Users = np.zeros((rows, len(charge.images)), dtype=bool)
        self.images = np.zeros((rows, charge.words), dtype=np.uint64)
        self.lengths: Indices = np.zeros(len(charge.images), dtype=np.int64)
        self.sizes = np.zeros(rows)
        self.bits = np.zeros((rows, atoms.bits.shape[1]), dtype=np.uint64)
        self.weights = np.zeros(rows)
        self.expected = np.zeros(rows)
        self.counts = np.zeros(rows)
        self.renewal = np.zeros(rows)
        self._cuts: list[Cut | None] = [None] * rows
        self._free = list(range(rows))[::-1]
        self._before: dict[int, tuple[Indices, Users, Cut | None]] | None = None
        self._fill(found)

    def _fill(self, found: Sequence[tuple[Indices, Users]]) -> None:
        """Put the first layers, which are sorted, into rows."""
        used = [(layer, users) for layer, users in found if users.any() and len(layer)]
        if not used:
            return
        rows = np.array([self._home(layer) for layer, _ in used])
        self.users[rows] = [users for _, users in used]
        self.lengths += self.users[rows].sum(axis=0)
        self.images[rows] = self.charge.packed(self.users[rows])
        self.counts[rows] = self.users[rows] @ self.charge.images
        atoms = np.concatenate([layer for layer, _ in used])
        starts = np.cumsum([0, *(len(layer) for layer, _ in used[:-1])])
        self.sizes[rows] = np.add.reduceat(self.atoms.sizes[atoms], starts)
        self.bits[rows] = np.bitwise_or.reduceat(self.atoms.bits[atoms], starts, axis=0)
        self.weights[rows] = self.atoms.scale.sums(self.bits[rows])
        self.expected[rows] = self.sizes[rows] * self.weights[rows]

    @staticmethod
    def _united(layers: Iterable[tuple[Indices, Users]]) -> list[tuple[Indices, Users]]:
        found: dict[bytes, tuple[Indices, Users]] = {}
        for layer, users in layers:
            atoms = np.sort(layer)
            key = atoms.tobytes()
            found[key] = (atoms, users | found[key][1] if key in found else users)
        return list(found.values())

    @property
    def rows(self) -> list[int]:
        """The rows that are layers."""
        return np.flatnonzero(self.counts).tolist()

    @property
    def cost(self) -> float:
        """Bytes times weight times price, of all layers together."""
        return fsum((self.expected * self.charge.of(self.counts)).tolist())

    def cut(self, row: int) -> Cut:
        """Return the best cut of a layer; its gain is without the price."""
        found = self._cuts[row]
        if found is None:
            found = self._cuts[row] = self.atoms.cut(self.layers[row])
        return found

    def gain(self, row: int) -> float:
        """Return what the best cut of a layer saves."""
        return self.cut(row).gain * float(self.charge.of(self.counts[row]))

    def unions(self, rows: Indices, others: Indices) -> Costs:
        """Return bytes times weight of layers together with others, pair by pair."""
        if speedup.IN_C:
            unions = np.empty(len(rows))
            speedup.kernel.unions(self.bits, self.sizes, rows, others, self.atoms.scale.whole, unions)
            return unions
        found = self.atoms.scale.sums(self.bits[rows] | self.bits[others])
        found *= self.sizes[rows] + self.sizes[others]
        return found

    def merges(self, rows: Indices, others: Indices, unions: Costs) -> Costs:
        """Return what it costs to merge layers with others in the images that use both, pair by pair.

        In the other images both stay as they are, and their bytes are in the registry twice.

        Args:
            rows: the first layers.
            others: for each of them another one, which some image uses too.
            unions: what `unions` returns for them.
        """
        both = counted(self.images[rows] & self.images[others])
        mine, its = self.expected[rows], self.expected[others]
        costs: Costs = (unions - mine - its) * (self.charge.pull * both)
        costs += unions
        # what both layers pushed is pushed no more where no other image has them
        costs -= mine * (self.counts[rows] == both)
        costs -= its * (self.counts[others] == both)
        if self._renewal:
            costs += self.renewal[rows] + self.renewal[others]
        return costs

    def cheapest(self, image: int) -> float:
        """Return what the cheapest merge costs of two layers that a kind of image uses; else infinity."""
        rows = np.flatnonzero(self.users[:, image])
        first, second = np.triu_indices(len(rows), 1)
        some, others = rows[first], rows[second]
        return float(self.merges(some, others, self.unions(some, others)).min(initial=np.inf))

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

    def merge_all(self, pairs: Sequence[tuple[int, int]]) -> Indices:
        """Merge pairs of layers, none of which is in two pairs, as `merge`; return the rows that changed."""
        first, second = np.array(pairs, dtype=np.int64).T
        rows = np.concatenate([first, second])
        if self._before is not None:
            for row in rows.tolist():
                self._note(row)
        both: Users = self.users[first] & self.users[second]
        bits = self.bits[first] | self.bits[second]
        sizes = self.sizes[first] + self.sizes[second]
        unions = [np.sort(np.concatenate([self.layers[one], self.layers[other]])) for one, other in pairs]
        self.lengths -= both.sum(axis=0)
        self.users[rows] &= ~np.concatenate([both, both])
        for row in rows[~self.users[rows].any(axis=1)].tolist():
            self._drop(row)
        made = np.array([self._home(layer) for layer in unions])
        for row, users in zip(made.tolist(), both, strict=True):
            self.users[row] |= users
        self.sizes[made], self.bits[made] = sizes, bits
        self.weights[made] = self.atoms.scale.sums(bits)
        self.expected[made] = sizes * self.weights[made]
        changed = np.unique(np.concatenate([rows, made]))
        self.images[changed] = self.charge.packed(self.users[changed])
        self.counts[changed] = self.users[changed] @ self.charge.images
        return changed

    def _home(self, layer: Indices) -> int:
        """Return the row of a layer with these atoms, else one that is free."""
        key = layer.tobytes()
        row = self._rows.get(key, -1)
        if row < 0:
            row = self._rows[key] = self._take()
            self._note(row)
            self.layers[row] = layer
            self._cuts[row] = None
            self.renewal[row] = self._renewal.get(key, 0.0)
        self._note(row)
        return row

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
        return list(changed)

    def row_of(self, layer: Indices) -> int | None:
        """Return the row of a layer with these atoms, or None where there is no such layer."""
        return self._rows.get(layer.tobytes())

    def attempt(self) -> None:
        """Note from now on what changes, so that `undo` can take it back."""
        self._before = {}

    def settle(self) -> Users:
        """Keep what has changed since `attempt`; return the kinds of images whose layers have changed."""
        before, self._before = self._before or {}, None
        changed: Users = np.logical_or.reduce([users for _, users, _ in before.values()], axis=0)
        return np.logical_or(changed, self.users[list(before)].any(axis=0))

    def undo(self) -> None:
        """Take back what has changed since `attempt`; the layers may be in other rows."""
        before, self._before = self._before or {}, None
        for row in before:
            if self.counts[row]:
                self._drop(row)
        for layer, users, cut in before.values():
            if users.any():
                row = self._take()
                self._put(row, layer, users)
                self._cuts[row] = cut

    def _note(self, row: int) -> None:
        if self._before is not None and row not in self._before:
            self._before[row] = self.layers[row], self.users[row].copy(), self._cuts[row]

    def _put(self, row: int, layer: Indices, users: Users) -> None:
        self._note(row)
        self._rows[layer.tobytes()] = row
        if self.layers[row] is not layer:
            self._cuts[row] = None
        self.layers[row] = layer
        self.lengths += users.astype(np.int64) - self.users[row]
        self.users[row] = users
        self.images[row] = self.charge.packed(users)
        self.counts[row] = users @ self.charge.images
        self.sizes[row], self.weights[row] = self.atoms.unite(layer, self.bits[row])
        self.expected[row] = self.sizes[row] * self.weights[row]
        self.renewal[row] = self._renewal.get(layer.tobytes(), 0.0)

    def _drop(self, row: int) -> None:
        self._note(row)
        del self._rows[self.layers[row].tobytes()]
        self.layers[row] = _NONE
        self._cuts[row] = None
        self.lengths -= self.users[row]
        for name in _ROWS:
            getattr(self, name)[row] = 0
        self._free.append(row)

    def _take(self) -> int:
        if not self._free:
            rows = len(self.layers)
            more = max(_ROOM, rows // 4)
            self.layers += [_NONE] * more
            self._cuts += [None] * more
            self._free = list(range(rows, rows + more))[::-1]
            for name in _ROWS:
                values = getattr(self, name)
                setattr(self, name, np.pad(values, [(0, more)] + [(0, 0)] * (values.ndim - 1)))
        return self._free.pop()


_ROWS = ("users", "images", "counts", "sizes", "bits", "weights", "expected", "renewal")
