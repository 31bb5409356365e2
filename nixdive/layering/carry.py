"""Carrying a plan to another version: who was together stays together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.hierarchy import BottomUp
from nixdive.layering.strategies import Group
from nixdive.layering.versions import homes
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.change.scenarios import Costs, Indices
    from nixdive.store.path import StorePath

HORIZON = 20  # releases over which a push today is worth what it saves later


def carry(
    model: ChangeModel,
    layers: Sequence[Sequence[str]],
    free: Sequence[int],
    limit: int,
    pushed: Collection[tuple[StorePath, ...]] = (),
    *,
    grow: bool = True,
) -> list[Group]:
    """Lay out as before, and what is new where it costs least.

    What a place costs is what a release is expected to push more, and, spread over the next releases, what is
    to be pushed at once because the registry has the layer as it was. Where there is room for more layers,
    new paths may have their own, and those are cut that are to be pushed anyway, or that are worth it.

    Args:
        model: of the new version.
        layers: what lay in each layer, lowest first; as for `homes`.
        free: indices of the paths to lay out, at least one.
        limit: how many layers there may be; where there were more, those whose union costs least are merged.
        pushed: the layers that the registry has.
        grow: whether room for more layers is used.
    """
    closure = model.closure
    home = homes(closure.paths, layers)
    kept: dict[int, dict[int, int]] = {}
    for i in free:
        if i in home:
            kept.setdefault(home[i].layer, {})[i] = home[i].place
    ordered = [_ordered(closure, kept[layer]) for layer in sorted(kept)]
    atoms = Atoms.apart(model.scenarios, closure.nar_sizes, free)
    groups = atoms.named(ordered)
    price = model.scenarios.total / HORIZON
    known = [tuple(closure.paths[i] for i in layer) in pushed for layer in ordered]
    again = np.where(known, [atoms.sizes[group].sum() for group in groups], 0.0) * price
    groups, stays = _merged(atoms, groups, again, limit)
    fresh = [atom for atom, i in enumerate(free) if i not in home]
    fresh.sort(key=lambda atom: (-atoms.sizes[atom], closure.paths[free[atom]].name, atom))
    new = {free[atom] for atom in fresh}
    if not groups:
        groups, fresh = [np.array(fresh[:1])], fresh[1:]
    known = [tuple(closure.paths[free[atom]] for atom in group) in pushed for group in groups]
    if not grow:
        limit = len(groups)
    hand = _Hand(Draft(atoms, groups), known, price, stays)
    for atom in fresh:
        hand.place(atom, limit)
    hand.spend(limit)
    return [_group(model, [free[atom] for atom in group.tolist()], new, ordered) for group in hand.layers()]


def _merged(atoms: Atoms, groups: list[Indices], again: Costs, limit: int) -> tuple[list[Indices], int]:
    """Return the layers within the limit, those that stay as they are first, and how many those are."""
    if len(groups) <= limit:
        return groups, len(groups)
    before = {tuple(group.tolist()) for group in groups}
    merged = BottomUp(atoms, groups, again).layers(limit)
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


def _ordered(closure: Closure, places: Mapping[int, int]) -> list[int]:
    """Return the members of a layer in the order they had, so that what did not change has the same bytes."""
    return sorted(closure.ordered(places), key=places.__getitem__)


def _group(
    model: ChangeModel, members: list[int], new: Collection[int], ordered: Sequence[list[int]]
) -> Group:
    kept = tuple(members) if members in ordered else model.closure.ordered(members)
    count = sum(i in new for i in members)
    added = f"{counted(count, 'new path')}; " if count else ""
    return Group(kept, added + model.reason(kept))
