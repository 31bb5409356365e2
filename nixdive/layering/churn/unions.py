"""Unions: layers put together until there are few enough, at the least cost that is found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.hierarchy import BottomUp
from nixdive.layering.churn.moves import without_each
from nixdive.layering.churn.search import EXACT, optimum
from nixdive.progress import go_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.layering.change.scenarios import Costs, Indices
    from nixdive.layering.churn.atoms import Atoms

    Members = tuple[int, ...]  # the numbers of layers, sorted

_LESS = 1e-12  # costs nearer to each other, for what all cost, differ by the order of sums alone
_MOST = 400  # exchanges
# layers up to which exchanges are looked for: more than any engine lets an image have; the time for one
# grows with their square
_MANY = 256


def united(layers: Atoms, again: Costs, count: int) -> list[Members]:
    """Return which layers are put together, those with the lowest first.

    Up to EXACT layers it is the best of all ways. Of more, those are merged whose union costs least, two by
    two, and then what saves most is done again and again: a layer goes to another union, two change places,
    or one stays alone and two other unions are merged.

    Args:
        layers: an atom for each.
        again: what each costs besides where it does not stay alone, in bytes times weight.
        count: how many unions there are to be, fewer than layers.
    """
    alone = [np.array([i]) for i in range(len(layers))]
    merged = BottomUp(layers, alone, again).layers(count)
    unions = _Unions(layers, again)
    groups = _sorted(group.tolist() for group in merged)
    if len(layers) <= EXACT:
        better = optimum(layers, count, unions.cost(groups), again)
        if better is not None:
            groups = _sorted(_filled([tuple(group.tolist()) for group in better], count))
        return groups
    if len(layers) <= _MANY:
        for _ in range(_MOST):
            go_on()
            after = unions.exchanged(groups)
            if after is None:
                break
            groups = after
    return groups


@dataclass(frozen=True)
class _Union:
    """What some layers cost together, in bytes times weight.

    Attributes:
        cost: as they are.
        without: without each of them.
        instead: with each layer of all, a column, in the place of each of them, a row.
        more: with each layer of all besides.
    """

    cost: float
    without: Costs
    instead: Costs
    more: Costs


class _Unions:
    """The unions of some layers; what is found of one is kept, since an exchange changes two or three."""

    def __init__(self, layers: Atoms, again: Costs) -> None:
        self._layers = layers
        self._again = again
        self._union = lru_cache(4 * _MANY)(self._weighed)

    def cost(self, groups: Sequence[Members]) -> float:
        """Return what they cost together."""
        draft = Draft(self._layers, [np.array(group) for group in groups])
        return draft.cost + fsum(float(self._again[list(group)].sum()) for group in groups if len(group) > 1)

    def exchanged(self, groups: Sequence[Members]) -> list[Members] | None:
        """Return the groups after the exchange that saves most, or None if none saves anything."""
        found = [self._union(group) for group in groups]
        homes = np.empty(len(self._layers), dtype=np.int64)
        rows = np.empty_like(homes)  # where what concerns a layer is, among that of all groups
        for home, group in enumerate(groups):
            homes[list(group)] = home
        rows[list(chain.from_iterable(groups))] = np.arange(len(rows))
        costs = np.array([union.cost for union in found])
        before = costs[homes]
        left = np.concatenate([union.without for union in found])[rows] - before
        left[np.bincount(homes)[homes] == 1] = np.inf  # one that is alone has nothing to leave
        instead = np.concatenate([union.instead for union in found])[rows] - before[:, None]
        more = np.array([union.more for union in found]).T - costs
        ways = (_moved(homes, left, more), _swapped(homes, instead), self._parted(groups, homes, left))
        change, after = min(ways, key=lambda way: way[0])
        if not change < -_LESS * float(costs.sum()):
            return None
        return _sorted(np.flatnonzero(after == home).tolist() for home in range(len(groups)))

    def _parted(self, groups: Sequence[Members], homes: Indices, left: Costs) -> tuple[float, Indices]:
        """Leave a layer alone, and merge two other unions; return the same as `_moved`."""
        pairs = Draft(self._layers, [np.array(group) for group in groups]).pairs()
        again = np.array([self._again[group[0]] if len(group) == 1 else 0.0 for group in groups])
        pairs += again + again[:, None]
        saved = left + self._layers.sizes * self._layers.weights
        best, after = np.inf, homes
        for home in np.unique(homes[np.isfinite(saved)]).tolist():
            layer = int(np.where(homes == home, saved, np.inf).argmin())
            others = pairs.copy()
            others[home] = others[:, home] = np.inf
            one, other = divmod(int(others.argmin()), len(groups))
            change = float(saved[layer] + others[one, other])
            if change < best:
                best, after = change, np.where(homes == other, one, homes)
                after[layer] = other
        return best, after

    def _weighed(self, group: Members) -> _Union:
        layers, sums, again = self._layers, self._layers.scale.sums, self._again
        some = list(group)
        others = without_each(layers.bits[some])
        union = layers.bits[some[0]] | others[0]
        size, paid = layers.sizes[some].sum(), again[some].sum()
        rest, rest_paid = size - layers.sizes[some], paid - again[some]
        # one after the other, so that the work stays in the processor's cache
        weights = np.array([sums(layers.bits | one) for one in others])
        instead = (rest[:, None] + layers.sizes) * weights
        return _Union(
            float(size * sums(union) + (paid if len(some) > 1 else 0.0)),
            rest * sums(others) + (rest_paid if len(some) > 2 else 0.0),
            instead + (rest_paid[:, None] + again if len(some) > 1 else 0.0),
            (size + layers.sizes) * sums(union | layers.bits) + paid + again,
        )


def _moved(homes: Indices, left: Costs, more: Costs) -> tuple[float, Indices]:
    """Move a layer to another union; return what that costs, and where each is then."""
    changes = left[:, None] + more
    changes[np.arange(len(homes)), homes] = np.inf
    layer, home = divmod(int(changes.argmin()), more.shape[1])
    after = homes.copy()
    after[layer] = home
    return float(changes[layer, home]), after


def _swapped(homes: Indices, instead: Costs) -> tuple[float, Indices]:
    """Let two layers change places; return the same."""
    changes = instead + instead.T
    changes[homes[:, None] == homes] = np.inf
    one, other = divmod(int(changes.argmin()), len(homes))
    after = homes.copy()
    after[[one, other]] = homes[[other, one]]
    return float(changes[one, other]), after


def _filled(groups: Sequence[Members], count: int) -> list[Members]:
    """Return so many groups, where the best needs fewer: one that leaves the others costs no more."""
    found = list(groups)
    while len(found) < count:
        most = max(found, key=len)
        found.remove(most)
        found += [most[:-1], most[-1:]]
    return found


def _sorted(groups: Iterable[Iterable[int]]) -> list[Members]:
    return sorted(tuple(sorted(group)) for group in groups)
