"""The search: from the paths of several images to layers that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.fleet.draft import FleetDraft
from nixdive.layering.fleet.fit import fit
from nixdive.layering.fleet.improve import improve
from nixdive.layering.fleet.start import classes, cut_down

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.layering.change.arrays import Indices
    from nixdive.layering.change.scenarios import Scenarios
    from nixdive.layering.fleet.arrays import Users
    from nixdive.layering.fleet.charge import Charge

_PIECES = 600
_THIN = 4
_SMALL = 60  # up to so many paths the search goes on from every start, not only from the best


class _Start(NamedTuple):
    """A layout to go on from: what its layers are made of, in full and with few scenarios."""

    atoms: Atoms
    glance: Atoms
    layers: list[tuple[Indices, Users]]


def search(
    scenarios: Scenarios,
    sizes: Sequence[int],
    images: Sequence[Sequence[int]],
    limits: Sequence[int],
    *,
    charge: Charge,
    others: Iterable[Sequence[tuple[Sequence[int], Sequence[int]]]] = (),
) -> list[tuple[list[int], list[int]]]:
    """Return the layers that cost least, of what is found: their paths, and the images that use them.

    The result depends on the order of the images only where layouts cost the same.

    Args:
        scenarios: of all paths.
        sizes: bytes of each path.
        images: the paths of each image, no two alike.
        limits: how many layers each may have, at least 1.
        charge: what layers cost.
        others: layouts that may be better, in the same form as the result; it costs no more than the best.
    """
    bounds = np.array(limits)
    drafts = _from_classes(*classes(scenarios, sizes, images), charge=charge, limits=bounds)
    paths = sorted({path for image in images for path in image})
    single = Atoms.apart(scenarios, sizes, paths)
    few = single.thinned(_THIN)
    for layout in others:
        named = single.named(members for members, _ in layout)
        drafts.append(_Start(single, few, list(zip(named, _users(layout, images), strict=True))))
    drafts.sort(key=lambda draft: FleetDraft(draft.atoms, charge, draft.layers, merging=False).cost)
    kept = drafts if len(paths) <= _SMALL else drafts[:1]
    best = min(
        (improve(FleetDraft(draft.atoms, charge, draft.layers), bounds, draft.glance) for draft in kept),
        key=lambda draft: draft.cost,
    )
    return [
        (
            [path for atom in best.layers[row].tolist() for path in best.atoms.members[atom]],
            np.flatnonzero(best.users[row]).tolist(),
        )
        for row in best.rows
    ]


def _from_classes(
    atoms: Atoms, found: Sequence[tuple[Indices, Users]], *, charge: Charge, limits: Indices
) -> list[_Start]:
    """Return two layouts within the limits: from small pieces, and from all that the same images hold."""
    glance = atoms.thinned(_THIN)
    pieces = cut_down(atoms, found, charge, _PIECES)
    starts = []
    for layers in [pieces] if len(pieces) == len(found) else [pieces, found]:
        draft = FleetDraft(glance, charge, layers)
        fit(draft, limits)
        starts.append(_Start(atoms, glance, [(draft.layers[row], draft.users[row]) for row in draft.rows]))
    return starts


def _users(
    layout: Sequence[tuple[Sequence[int], Sequence[int]]], images: Sequence[Sequence[int]]
) -> Iterable[Users]:
    for _, users in layout:
        row: Users = np.zeros(len(images), dtype=bool)
        row[list(users)] = True
        yield row
