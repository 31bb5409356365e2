"""Atoms: paths that the search moves together, because the same scenarios change them; and the best cuts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nixdive.layering import speedup
from nixdive.layering.change.scenarios import Bits, Costs, Indices, Scale, Scenarios, Weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_ROUNDED = 1 - 1e-9  # sums in another order may be smaller by so much
_KEPT = 2000  # cuts: those of the layers of some plans
_SMALL = 64  # atoms up to which a cut is looked for in all orders at once: larger arrays leave the cache


@dataclass(frozen=True)
class Atoms:
    """What the search works on.

    Attributes:
        members: for each atom the indices of its paths.
        sizes: bytes of each.
        bits: the scenarios that change each.
        scale: what a scenario weighs.
    """

    members: tuple[tuple[int, ...], ...]
    sizes: Costs
    bits: Bits
    scale: Scale

    @classmethod
    def of(cls, scenarios: Scenarios, sizes: Sequence[int], paths: Iterable[int]) -> Atoms:
        """Return one atom for all paths that change in the same scenarios."""
        alike: dict[bytes, list[int]] = {}
        for i in paths:
            alike.setdefault(scenarios.bits[i].tobytes(), []).append(i)
        members = tuple(map(tuple, alike.values()))
        firsts = [one[0] for one in members]
        weights = np.array([float(sum(sizes[i] for i in one)) for one in members])
        return cls(members, weights, scenarios.bits[firsts], scenarios.scale)

    @classmethod
    def apart(cls, scenarios: Scenarios, sizes: Sequence[int], paths: Sequence[int]) -> Atoms:
        """Return one atom for each path."""
        weights = np.array([float(sizes[i]) for i in paths])
        return cls(tuple((i,) for i in paths), weights, scenarios.bits[list(paths)], scenarios.scale)

    def named(self, layers: Iterable[Sequence[int]]) -> list[Indices]:
        """Return layers of paths as layers of these atoms, each of which is one path."""
        place = self._numbers
        return [np.array([place[i] for i in layer], dtype=np.int64) for layer in layers]

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {one: at for at, (one,) in enumerate(self.members)}

    def __len__(self) -> int:
        return len(self.members)

    @cached_property
    def weights(self) -> Costs:
        """The weight of the scenarios that change each atom."""
        return self.weigh(self.bits).astype(np.float64)

    @cached_property
    def orders(self) -> Indices:
        """Orders in which neighbours go well together, each a row with the place of every atom.

        By how often they change, by the scenarios themselves, and by what they cost.
        """
        rows = np.ascontiguousarray(self.bits[:, ::-1]).astype(">u8")
        texts = [row.tobytes() for row in rows]
        by_bits = _places(np.array(sorted(range(len(self)), key=texts.__getitem__), dtype=np.int64))
        by_weight = _places(np.lexsort((by_bits, self.weights)))
        by_cost = _places(np.lexsort((by_bits, self.sizes * self.weights)))
        return np.array([by_weight, by_bits, by_cost])

    def at_least(self, layers: Sequence[Indices]) -> float:
        """Return what layers cost at least: each changes no less often than what changes most in it."""
        order = np.concatenate(layers)
        starts = np.cumsum([0, *map(len, layers[:-1])])
        often = np.maximum.reduceat(self.weights[order], starts)
        return float(np.add.reduceat(self.sizes[order], starts) @ often) * _ROUNDED

    def unite(self, layer: Indices, union: Bits) -> tuple[float, float]:
        """Return the bytes of a layer and the weight of its scenarios; and put those into a row."""
        if speedup.IN_C:
            return speedup.kernel.unite(self.bits, self.sizes, layer, self.scale.whole, union)
        np.bitwise_or.reduce(self.bits[layer], axis=0, out=union)
        return float(self.sizes[layer].sum()), float(self.scale.sums(union))

    def unite_all(self, layers: Sequence[Indices]) -> tuple[Costs, Bits, Costs]:
        """Return for each layer its bytes, the scenarios that change it, and their weight."""
        order = np.concatenate(layers)
        starts = np.cumsum([0, *map(len, layers[:-1])])
        unions = np.bitwise_or.reduceat(self.bits.take(order, axis=0), starts, axis=0)
        return np.add.reduceat(self.sizes[order], starts), unions, self.scale.sums(unions)

    def cut(self, layer: Indices) -> Cut:
        """Return the best cut of a layer; the cuts of the layers that were asked for last are remembered."""
        key = np.sort(layer).tobytes()
        found = self._cuts.pop(key, None)
        if found is None:
            found = best_cut(self, layer)
            while len(self._cuts) >= _KEPT:
                del self._cuts[next(iter(self._cuts))]
        self._cuts[key] = found
        return found

    @cached_property
    def _cuts(self) -> dict[bytes, Cut]:
        return {}

    def weigh(self, bits: Bits) -> Weights:
        """Return the weight of each row of scenarios, or of the only one."""
        return self.scale.weigh(bits)

    def thinned(self, by: int) -> Atoms:
        """Return the same atoms with one out of so many words of scenarios of each weight."""
        starts = self.scale.starts.tolist()
        ends = [*starts[1:], self.bits.shape[1]]
        kept = [range(start, end, by) for start, end in zip(starts, ends, strict=True)]
        scale = Scale.of(
            (len(some), weight * (end - start) // len(some))
            for some, weight, start, end in zip(kept, self.scale.weights.tolist(), starts, ends, strict=True)
        )
        bits = np.ascontiguousarray(self.bits[:, [word for some in kept for word in some]])
        return Atoms(self.members, self.sizes, bits, scale)

    def joined(self, groups: Sequence[Indices]) -> Atoms:
        """Return larger atoms: one for each group of these."""
        return Atoms(
            tuple(tuple(i for atom in group for i in self.members[atom]) for group in groups),
            np.array([self.sizes[group].sum() for group in groups]),
            np.array([np.bitwise_or.reduce(self.bits[group], axis=0) for group in groups]),
            self.scale,
        )


def _places(order: Indices) -> Indices:
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return places


class Cut(NamedTuple):
    """A layer in two parts.

    Attributes:
        gain: bytes times weight that the cut saves; 0 where no cut saves anything.
        low: the atoms of one part.
        high: those of the other.
    """

    gain: float
    low: Indices
    high: Indices


def best_cut(atoms: Atoms, layer: Indices) -> Cut:
    """Return the best of all cuts between neighbours in one of the atoms' orders."""
    if len(layer) < 2:
        return Cut(0.0, layer, layer[:0])
    if len(layer) == 2:
        return _halved(atoms, layer)
    orders = layer[atoms.orders[:, layer].argsort()]
    if speedup.IN_C:
        gain, at, end = speedup.kernel.best_cut(atoms.bits, atoms.sizes, orders, atoms.scale.whole)
        return Cut(gain, orders[at, :end], orders[at, end:]) if gain > 0 else Cut(0.0, layer, layer[:0])
    batches = [orders] if len(layer) <= _SMALL else [order[None] for order in orders]
    best = Cut(0.0, layer, layer[:0])
    for some in batches:
        bits = atoms.bits.take(some, axis=0)
        low = atoms.scale.sums(np.bitwise_or.accumulate(bits, axis=1))
        high = atoms.scale.sums(np.bitwise_or.accumulate(bits[:, ::-1], axis=1))[:, ::-1]
        below = atoms.sizes[some].cumsum(axis=1)
        costs = below[:, :-1] * low[:, :-1] + (below[:, -1:] - below[:, :-1]) * high[:, 1:]
        ends = costs.argmin(axis=1)
        gains = below[:, -1] * low[:, -1] - costs[np.arange(len(some)), ends]
        at = int(gains.argmax())
        gain, end = float(gains[at]), int(ends[at]) + 1
        if gain > best.gain:
            best = Cut(gain, some[at, :end], some[at, end:])
    return best


def _halved(atoms: Atoms, layer: Indices) -> Cut:
    """Return two atoms apart, the one that changes less often first."""
    one, other = layer[atoms.orders[0][layer].argsort(kind="stable")].tolist()
    both = float(atoms.scale.sums(atoms.bits[one] | atoms.bits[other]))
    size, more = float(atoms.sizes[one]), float(atoms.sizes[other])
    apart = size * float(atoms.weights[one]) + more * float(atoms.weights[other])
    gain = (size + more) * both - apart
    order = np.array([one, other])
    return Cut(gain, order[:1], order[1:]) if gain > 0 else Cut(0.0, layer, layer[:0])
