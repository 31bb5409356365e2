"""Carrying a plan to another version: who was together stays together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.unions import united
from nixdive.layering.stamp import layer_hash
from nixdive.layering.strategies import Group
from nixdive.layering.versions import Home, homes
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.change.scenarios import Costs, Indices


@dataclass(frozen=True)
class Earlier:
    """The layers of an earlier plan, held against the paths of a new version.

    Attributes:
        closure: the new version.
        layers: what lay in each layer, lowest first; as for `homes`.
        hashes: for each of them what its store paths hash to, as `layer_hash` gives it; "" for one that
            people have put together, or of which that is not known.
        there: the hashes of the layers that the registry has.
        free: indices of the paths that are to be laid out, at least one.
    """

    closure: Closure
    layers: Sequence[Sequence[str]]
    hashes: Sequence[str]
    there: Collection[str]
    free: Sequence[int]

    @cached_property
    def homes(self) -> Mapping[int, Home]:
        """For each free path that comes from an earlier one where that lay."""
        found, free = homes(self.closure, self.layers), set(self.free)
        return {i: home for i, home in found.items() if i in free}

    @cached_property
    def left(self) -> Mapping[int, list[int]]:
        """For each earlier layer what is left of it, in the order it had: then what stays has its bytes."""
        places: dict[int, dict[int, int]] = {}
        for i, home in self.homes.items():
            places.setdefault(home.layer, {})[i] = home.place
        return {
            layer: sorted(self.closure.ordered(places[layer]), key=places[layer].__getitem__)
            for layer in sorted(places)
        }

    @cached_property
    def fresh(self) -> list[int]:
        """The free paths that come from no earlier one."""
        return [i for i in self.free if i not in self.homes]

    @cached_property
    def stays(self) -> Mapping[int, bool]:
        """For each earlier layer of which something is left, whether it has the same paths, or is to stay."""
        return {layer: self.hashes[layer] in {"", self.hash(left)} for layer, left in self.left.items()}

    def hash(self, members: Iterable[int]) -> str:
        """Return what the store paths of a layer hash to; remembered."""
        some = tuple(members)
        found = self._hashed.get(some)
        if found is None:
            found = self._hashed[some] = layer_hash([self.closure.paths[i] for i in some])
        return found

    @cached_property
    def _hashed(self) -> dict[tuple[int, ...], str]:
        return {}

    def known(self, members: Iterable[int]) -> bool:
        """Whether the registry has a layer of these paths in this order."""
        return self.hash(members) in self.there

    def in_order(self, members: Iterable[int]) -> tuple[int, ...]:
        """Return the paths of a layer in the order of the earlier one that they are, or in the usual one."""
        some = frozenset(members)
        return self._orders.get(some) or self.closure.ordered(some)

    @cached_property
    def _orders(self) -> Mapping[frozenset[int], tuple[int, ...]]:
        return {frozenset(left): tuple(left) for left in self.left.values()}


def carry(
    model: ChangeModel, earlier: Earlier, limit: int, horizon: int, *, spare: int = 0, grow: bool = True
) -> list[Group]:
    """Lay out as before, and what is new where it costs least.

    What a place costs is what a release is expected to push more, and, spread over the next releases, what is
    to be pushed at once because the registry has the layer as it was. Where there is room for more layers,
    new paths may have their own, and those are cut that are to be pushed anyway, or that are worth it.

    Args:
        model: of the new version.
        earlier: the layers, and the paths to lay out.
        limit: how many layers there may be; where there were more, they are merged as `united` says.
        horizon: over how many releases a push now may pay; with 0 what is pushed now counts first.
        spare: for how many of the layers none is cut: they are for new paths.
        grow: whether room for more layers is used.
    """
    closure, free = model.closure, earlier.free
    ordered = list(earlier.left.values())
    atoms = Atoms.apart(model.scenarios, closure.nar_sizes, free)
    groups = atoms.named(ordered)
    price = model.scenarios.price(horizon)
    known = [earlier.known(layer) for layer in ordered]
    again = np.where(known, [atoms.sizes[group].sum() for group in groups], 0.0) * price
    groups, stays = _merged(atoms, groups, again, limit)
    new = set(earlier.fresh)
    fresh = [atom for atom, i in enumerate(free) if i in new]
    fresh.sort(key=lambda atom: (-atoms.sizes[atom], closure.paths[free[atom]].name, atom))
    if not groups:
        groups, fresh = [np.array(fresh[:1])], fresh[1:]
    known = [earlier.known(free[atom] for atom in group) for group in groups]
    if not grow:
        limit = len(groups)
    hand = _Hand(Draft(atoms, groups), known, price, stays)
    for atom in fresh:
        hand.place(atom, limit)
    hand.spend(limit - spare)
    return [group_of(model, earlier, [free[atom] for atom in group.tolist()]) for group in hand.layers()]


def group_of(model: ChangeModel, earlier: Earlier, members: Sequence[int]) -> Group:
    """Return a layer with the reason why it exists."""
    ordered = earlier.in_order(members)
    count = sum(i not in earlier.homes for i in members)
    added = f"{counted(count, 'new path')}; " if count else ""
    return Group(ordered, added + model.reason(ordered))


def _merged(atoms: Atoms, groups: list[Indices], again: Costs, limit: int) -> tuple[list[Indices], int]:
    """Return the layers within the limit, those that stay as they are first, and how many those are."""
    if len(groups) <= limit:
        return groups, len(groups)
    before = {tuple(group.tolist()) for group in groups}
    unions = united(atoms.joined(groups), again, limit)
    merged = [np.concatenate([groups[at] for at in union]) for union in unions]
    merged.sort(key=lambda group: tuple(group.tolist()) not in before)
    return merged, sum(tuple(group.tolist()) in before for group in merged)


class _Hand:
    """A draft whose layers may be in the registry as they are.

    Args:
        draft: the layers.
        known: whether the registry has each of them.
        price: what a byte costs that is pushed at once, in the weight of scenarios.
        kept: how many of the layers, the first ones, are as they were; others have no place yet.
    """

    def __init__(self, draft: Draft, known: Sequence[bool], price: float, kept: int) -> None:
        self.draft = draft
        self._kept = kept
        self._again = np.where(known, draft.sizes, 0.0) * price

    def place(self, atom: int, limit: int) -> None:
        """Put an atom where it costs least: into a layer, or into a new one where there is room."""
        draft, atoms = self.draft, self.draft.atoms
        size = atoms.sizes[atom]
        unions = atoms.weigh(draft.bits | atoms.bits[atom])
        costs = (draft.sizes + size) * unions - draft.sizes * draft.weights + self._again
        best = int(np.argmin(costs))
        if len(draft) < limit and size * atoms.weights[atom] <= costs[best]:
            self._add(np.array([atom]))
        else:
            draft.grow(best, atom)
            self._again[best] = 0.0

    def spend(self, limit: int) -> None:
        """Cut layers while there is room and it is worth it."""
        draft = self.draft
        while len(draft) < limit:
            gains = [draft.cut(at).gain - again for at, again in enumerate(self._again.tolist())]
            at = max(range(len(draft)), key=gains.__getitem__)
            if gains[at] <= 0:
                return
            cut = draft.cut(at)
            self._put(at, cut.low)
            self._add(cut.high)

    def layers(self) -> list[Indices]:
        """Return the layers in their order; a new one lies below the first that is sent and changes more.

        So a client that reuses what lies below the first change reuses as much as it can.
        """
        weights, order = self.draft.weights, list(range(self._kept))
        for at in sorted(range(self._kept, len(self.draft)), key=lambda at: (weights[at], at)):
            above = [place for place, one in enumerate(order) if weights[one] > weights[at]]
            order.insert(next((place for place in above if not self._again[order[place]]), len(order)), at)
        return [self.draft.layers[at] for at in order]

    def _put(self, at: int, layer: Indices) -> None:
        self.draft.put(at, layer)
        self._again[at] = 0.0

    def _add(self, layer: Indices) -> None:
        self.draft.add(layer)
        self._again = np.append(self._again, 0.0)
