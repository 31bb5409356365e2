"""The search: from the paths of several images to layers that they share, starting from cuts top-down."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.fleet.draft import Charge, FleetDraft, Users
from nixdive.layering.fleet.fit import fit_in_parts
from nixdive.layering.fleet.ground import Ground, Share
from nixdive.layering.fleet.improve import cut_down, improve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.change.scenarios import Indices, Scenarios

_CUTS = 300  # of what the same images hold, before layers are merged
_THIN = 8
_SMALL = 60  # up to so many paths the search goes on from every start, not only from the best


def _classes(
    scenarios: Scenarios, sizes: Sequence[int], images: Sequence[Sequence[int]]
) -> tuple[Atoms, list[tuple[Indices, Users]]]:
    """Return the paths as atoms, and the atoms that the same images hold, each with those images.

    Args:
        scenarios: of all paths.
        sizes: bytes of each path.
        images: the paths of each image.
    """
    holds = np.zeros((len(sizes), len(images)), dtype=bool)
    for column, paths in enumerate(images):
        holds[list(paths), column] = True
    alike: dict[bytes, list[int]] = {}
    for path in np.flatnonzero(holds.any(axis=1)).tolist():
        alike.setdefault(holds[path].tobytes(), []).append(path)
    parts = [Atoms.of(scenarios, sizes, paths) for paths in alike.values()]
    ends = np.cumsum([len(part) for part in parts])
    atoms = Atoms(
        tuple(members for part in parts for members in part.members),
        np.concatenate([part.sizes for part in parts]),
        np.concatenate([part.bits for part in parts]),
        scenarios.scale,
    )
    return atoms, [
        (np.arange(end - len(part), end), holds[part.members[0][0]])
        for part, end in zip(parts, ends.tolist(), strict=True)
    ]


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
    drafts = _from_classes(*_classes(scenarios, sizes, images), charge=charge, limits=bounds)
    paths = sorted({path for image in images for path in image})
    single = Atoms.apart(scenarios, sizes, paths)
    few = single.thinned(_THIN)
    for layout in others:
        named = single.named(members for members, _ in layout)
        drafts.append(_Start(single, few, list(zip(named, _users(layout, images), strict=True))))
    drafts.sort(key=lambda draft: FleetDraft(draft.atoms, charge, draft.layers).cost)
    kept = drafts if len(paths) <= _SMALL else drafts[:1]
    found = []
    for start in kept:
        draft = FleetDraft(start.atoms, charge, start.layers)
        found.append(improve(draft, bounds, start.glance))
    best = min(found, key=lambda draft: draft.cost)
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
    """Return layouts within the limits, from small pieces; of a few paths also from larger ones."""
    glance = atoms.thinned(_THIN)
    pieces = cut_down(atoms, found, charge, _CUTS)
    starts = []
    few = len(pieces) > len(found) and sum(map(len, atoms.members)) <= _SMALL
    for layers in [pieces, found] if few else [pieces]:
        draft = fit_in_parts(FleetDraft(glance, charge, layers), limits)
        starts.append(_Start(atoms, glance, [(draft.layers[row], draft.users[row]) for row in draft.rows]))
    return starts


def _users(
    layout: Sequence[tuple[Sequence[int], Sequence[int]]], images: Sequence[Sequence[int]]
) -> Iterable[Users]:
    for _, users in layout:
        row: Users = np.zeros(len(images), dtype=bool)
        row[list(users)] = True
        yield row


def joint(ground: Ground, model: ChangeModel, others: Iterable[Sequence[Share]]) -> list[Share]:
    """Plan the free paths together; images that hold the same ones are one image that counts more."""
    kinds: dict[tuple[int, ...], list[int]] = {}
    for image, free in enumerate(ground.free):
        if free:
            kinds.setdefault(free, []).append(image)
    if not kinds:
        return []
    held = sorted(kinds)
    place = {image: column for column, free in enumerate(held) for image in kinds[free]}
    found = search(
        model.scenarios,
        ground.union.nar_sizes,
        held,
        [min(ground.limits[image] for image in kinds[free]) for free in held],
        charge=Charge(np.array([len(kinds[free]) for free in held])),
        others=(
            sorted(
                (share.members, sorted({place[image] for image in share.images}))
                for share in layout
                if share.pin is None
            )
            for layout in others
        ),
    )
    shares = []
    for paths, columns in found:
        members = ground.union.ordered(paths)
        users = frozenset(image for column in columns for image in kinds[held[column]])
        shares.append(Share(members, users, model.reason(members)))
    return shares
