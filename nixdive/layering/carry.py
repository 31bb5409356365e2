"""Carrying a plan to another version: who was together stays together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.merge import BottomUp
from nixdive.layering.homes import homes
from nixdive.layering.order import by_name
from nixdive.layering.strategies import Group, counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.model import ChangeModel
    from nixdive.store.path import StorePath

HORIZON = 20  # releases over which a push today is worth what it saves later


def carry(
    model: ChangeModel,
    layers: Sequence[Sequence[str]],
    free: Sequence[int],
    limit: int,
    pushed: Collection[tuple[StorePath, ...]] = (),
) -> list[Group]:
    """Lay out as before, and what is new where it costs least.

    What a place costs is what a release is expected to push more, and, spread over the next releases, what is
    to be pushed at once because the registry has the layer as it was.

    Args:
        model: of the new version.
        layers: what lay in each layer, lowest first; as for `homes`.
        free: indices of the paths to lay out, at least one.
        limit: how many layers there may be; where there were more, those whose union costs least are merged.
        pushed: the layers that the registry has.
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
    if len(groups) > limit:
        groups = BottomUp(atoms, groups).layers(limit)
    fresh = [atom for atom, i in enumerate(free) if i not in home]
    fresh.sort(key=lambda atom: (-atoms.sizes[atom], closure.paths[free[atom]].name, atom))
    lying = set(fresh)
    if not groups:
        groups, fresh = [np.array(fresh[:1])], fresh[1:]
    draft = Draft(atoms, groups)
    place_each(
        draft,
        fresh,
        limit,
        [tuple(closure.paths[free[i]] for i in group) in pushed for group in groups],
        model.scenarios.total,
    )
    return [
        _group(
            closure, [free[atom] for atom in group.tolist()], sum(atom in lying for atom in group.tolist())
        )
        for group in draft.layers
    ]


def place_each(draft: Draft, fresh: Sequence[int], limit: int, known: Sequence[bool], total: int) -> None:
    """Put each of the atoms where it costs least: into a layer, or into a new one where there is room."""
    atoms = draft.atoms
    paid = [*known]
    for atom in fresh:
        size = atoms.sizes[atom]
        unions = atoms.weigh(draft.bits | atoms.bits[atom])
        costs = (draft.sizes + size) * unions - draft.sizes * draft.weights
        costs += np.where(paid, draft.sizes, 0.0) * (total / HORIZON)
        best = int(np.argmin(costs))
        if len(draft) < limit and size * atoms.weights[atom] <= costs[best]:
            draft.add(np.array([atom]))
            paid.append(False)
        else:
            draft.grow(best, atom)
            paid[best] = False


def _ordered(closure: Closure, places: Mapping[int, int]) -> list[int]:
    """Return the members of a layer in the order they had, so that what did not change has the same bytes."""
    return sorted(by_name(closure, places), key=places.__getitem__)


def _group(closure: Closure, members: Sequence[int], new: int) -> Group:
    if not new:
        return Group(tuple(members), "kept from the earlier plan")
    reason = (
        f"new: {counted(new, 'path')}" if new == len(members) else f"kept, with {counted(new, 'new path')}"
    )
    return Group(by_name(closure, members), reason)
