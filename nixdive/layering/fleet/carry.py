"""Carrying the plan of a fleet to other versions: who was together stays together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.fleet.draft import Charge, FleetDraft, Users
from nixdive.layering.fleet.fit import fit
from nixdive.layering.fleet.ground import Ground, Share
from nixdive.layering.planfile import PlannedLayer
from nixdive.layering.versions import names_of, origins
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.change.scenarios import Indices
    from nixdive.layering.fleet.plan import FleetPlan
    from nixdive.store.path import StorePath

HORIZON = 20  # releases over which a push today is worth what it saves later


def carried_layers(plan: FleetPlan) -> tuple[PlannedLayer, ...]:
    """Return the layers of a plan with their store paths; pinned ones are made by the pins again."""
    return tuple(
        PlannedLayer(layer.paths, tuple(sorted(plan.keys[image] for image in layer.images)))
        for layer in plan.layers
        if layer.pin is None
    )


def named_layers(plan: FleetPlan) -> tuple[PlannedLayer, ...]:
    """Return the layers of a plan as `carried_layers`, with names for a plan file."""
    groups = (*(layer.paths for layer in plan.layers), *plan.left_out, plan.request.exclude)
    named = names_of(
        (path for group in groups for path in group),
        [layer.paths for layer in plan.layers if layer.pin is None],
    )
    return tuple(
        replace(layer, packages=packages) for layer, packages in zip(carried_layers(plan), named, strict=True)
    )


def carry(
    ground: Ground,
    keys: Sequence[str],
    layers: Sequence[PlannedLayer],
    model: ChangeModel,
    pushed: Collection[tuple[StorePath, ...]] = (),
) -> list[Share]:
    """Lay out as before, and what is new where it costs least.

    A path stays in the layer that it lay in, with the others that are still used by the same images. An image
    that was not there before uses the layers whose paths it has. What is new in some images goes to a layer
    that just these images use, or becomes one; where an image then has too many layers, those whose union
    costs least are merged. What a place costs is what a release is expected to push and pull more, and,
    spread over the next releases, what is to be pushed at once because the registry has the layer as it was.

    Args:
        ground: what is to be laid out.
        keys: of the images.
        layers: the earlier plan.
        model: of the new version.
        pushed: the layers that the registry has.
    """
    columns = [image for image, free in enumerate(ground.free) if free]
    if not columns:
        return []
    kept, fresh = _kept(ground, keys, layers, columns)
    paths = sorted({i for image in columns for i in ground.free[image]})
    atoms = Atoms.apart(model.scenarios, ground.union.nar_sizes, paths)
    place = {path: at for at, path in enumerate(paths)}

    def users_of(images: Collection[int]) -> Users:
        return np.isin(columns, list(images))

    orders = {frozenset(layer): layer for layer in sorted(pushed)}

    def in_order(members: Iterable[int]) -> tuple[int, ...]:
        """Return the paths of a layer as the registry has them, or in the usual order."""
        some = tuple(members)
        there = orders.get(frozenset(ground.union.paths[i] for i in some))
        return ground.union.ordered(some) if there is None else tuple(ground.union.index[i] for i in there)

    known: dict[bytes, float] = {}
    named: list[tuple[Indices, Users]] = []
    for members, images in kept:
        row = np.array(sorted(place[i] for i in members), dtype=np.int64)
        named.append((row, users_of(images)))
        if frozenset(ground.union.paths[i] for i in members) in orders:
            known[row.tobytes()] = float(atoms.sizes[row].sum()) * model.scenarios.total / HORIZON
    draft = FleetDraft(atoms, Charge(np.ones(len(columns), dtype=np.int64)), named, renewal=known)
    limits = np.array([ground.limits[image] for image in columns])
    order = sorted(fresh, key=lambda one: (-atoms.sizes[place[one]], ground.union.paths[one]))
    for path in order:
        _place(draft, place[path], users_of(fresh[path]), limits)
    fit(draft, limits)
    shares = []
    for at in draft.rows:
        found = in_order(paths[i] for i in draft.layers[at].tolist())
        using = frozenset(columns[i] for i in np.flatnonzero(draft.users[at]).tolist())
        shares.append(Share(found, using, _reason(found, fresh)))
    return shares


def _kept(
    ground: Ground,
    keys: Sequence[str],
    layers: Sequence[PlannedLayer],
    columns: Sequence[int],
) -> tuple[list[tuple[list[int], frozenset[int]]], dict[int, set[int]]]:
    """Return the layers that are left, with their images, and for each new path the images it is new in."""
    paths = ground.union.paths
    came = origins(paths, (name for layer in layers for name in layer.packages))
    were = origins(keys, (key for layer in layers for key in layer.images), renamed=False)
    left: dict[int, dict[int, set[int]]] = {}
    fresh: dict[int, set[int]] = {}
    newcomers = [image for image in columns if keys[image] not in were]
    for image in columns:
        if image in newcomers:
            continue
        lay = {
            name: at
            for at, layer in enumerate(layers)
            if were[keys[image]] in layer.images
            for name in layer.packages
        }
        for path in ground.free[image]:
            before = came.get(paths[path])
            at = None if before is None else lay.get(before)
            where = (
                fresh.setdefault(path, set())
                if at is None
                else left.setdefault(at, {}).setdefault(path, set())
            )
            where.add(image)
    kept: dict[tuple[int, frozenset[int]], list[int]] = {}
    for at in sorted(left):
        for path, images in sorted(left[at].items()):
            kept.setdefault((at, frozenset(images)), []).append(path)
    found = [(members, images) for (_, images), members in kept.items()]
    for image in newcomers:
        found, rest = _joined(ground, found, image)
        for path in rest:
            fresh.setdefault(path, set()).add(image)
    return found, fresh


def _joined(
    ground: Ground, found: Sequence[tuple[list[int], frozenset[int]]], image: int
) -> tuple[list[tuple[list[int], frozenset[int]]], set[int]]:
    """Let an image use the layers that hold nothing but paths of its own; return also what is in none."""
    rest = set(ground.free[image])
    sizes = ground.union.nar_sizes
    room = ground.limits[image] - 1
    joined = list(found)
    order = sorted(range(len(found)), key=lambda at: (-sum(sizes[i] for i in found[at][0]), at))
    for at in order:
        members, images = found[at]
        if room and rest.issuperset(members):
            joined[at] = (members, images | {image})
            rest -= set(members)
            room -= 1
    return joined, rest


def _place(draft: FleetDraft, atom: int, users: Users, limits: Indices) -> None:
    """Put an atom into a layer that the same images use, or into one of its own."""
    size, bits = draft.atoms.sizes[atom], draft.atoms.bits[atom]
    alike = [row for row in draft.rows if (draft.users[row] == users).all()]
    own = np.array([atom], dtype=np.int64)
    room = bool((draft.lengths[users] < limits[users]).all())
    if alike:
        unions = draft.atoms.weigh(draft.bits[alike] | bits)
        price = float(draft.charge.of(users.astype(float) @ draft.charge.images))
        before = draft.sizes[alike] * draft.weights[alike]
        costs = ((draft.sizes[alike] + size) * unions - before) * price + draft.renewal[alike]
        best = int(np.argmin(costs))
        if not room or costs[best] < size * draft.atoms.weights[atom] * price:
            row = alike[best]
            draft.replace((row,), ((np.append(draft.layers[row], own), users),))
            return
    draft.replace((), ((own, users),))


def _reason(members: Sequence[int], fresh: Collection[int]) -> str:
    new = sum(i in fresh for i in members)
    if not new:
        return "kept from the earlier plan"
    if new == len(members):
        return f"new: {counted(new, 'path')}"
    return f"kept, with {counted(new, 'new path')}"
