"""Earlier versions of the images of a fleet, put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from nixdive.layering.fleet.carry import carried_layers
from nixdive.layering.fleet.image import FleetImage, keys, union
from nixdive.layering.fleet.solve import FleetHistory, solve_fleet
from nixdive.layering.planfile import PlannedLayer
from nixdive.layering.versions import origins, resolved
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.request import PlanRequest

_ALIKE: Final = 0.5  # of all packages of two images, from which on one may be a version of the other


@dataclass(frozen=True, slots=True)
class PushedImage:
    """An image of the fleet as it was pushed, known by what its config lists.

    Attributes:
        name: what the user named, for messages.
        layers: the store paths of each store layer, lowest first.
        native: those of them that an image made here may have too.
    """

    name: str
    layers: tuple[tuple[StorePath, ...], ...]
    native: tuple[tuple[StorePath, ...], ...]


Earlier: TypeAlias = FleetImage | PushedImage
"""An earlier version of an image: its closure, or its layers."""


def versions(images: Sequence[FleetImage], earlier: Sequence[Earlier]) -> tuple[tuple[Earlier, ...], ...]:
    """Return the fleet as it was, oldest first, out of earlier versions of single images.

    A closure of the past belongs to the image of now whose root, or stem, comes from its own. Layers belong
    to the image of now whose root they hold in some version; of several, and where no root tells, to the one
    that has most packages in common with them. Where an image has fewer versions than others, its oldest one,
    or itself, stands for those that are missing.

    Args:
        images: the fleet now.
        earlier: versions of its images, oldest first; those of images that are not in it are left out.
    """
    labels = [image.label for image in images]
    lines: list[list[Earlier]] = [[] for _ in images]
    for one in earlier:
        if isinstance(one, PushedImage):
            if (owner := _owner(one, images)) is not None:
                lines[owner].append(one)
            continue
        for label in origins([one.label], labels, renamed=False).values():
            lines[labels.index(label)].append(one)
    for line, image in zip(lines, images, strict=True):
        line.append(image)
    longest = max(map(len, lines))
    return tuple(
        tuple(line[max(at - (longest - len(line)), 0)] for line in lines) for at in range(longest - 1)
    )


def _owner(one: PushedImage, images: Sequence[FleetImage]) -> int | None:
    """Return which image of now a pushed one is an earlier version of; None where it is of none of them."""
    had = {path.lineage for layer in one.layers for path in layer}
    best, found = (False, _ALIKE), None
    for at, image in enumerate(images):
        has = {path.lineage for path in image.closure.paths}
        rooted = image.label.startswith("/") and StorePath(image.label).lineage in had
        alike = len(had & has) / max(len(had | has), 1)
        if (rooted, alike) > best:
            best, found = (rooted, alike), at
    return found


def closures_of(fleets: Sequence[Sequence[FleetImage]]) -> tuple[Closure, ...]:
    """Return all paths of each version of a fleet."""
    return tuple(union([image.closure for image in fleet], "earlier versions") for fleet in fleets)


def past_of(
    images: Sequence[FleetImage],
    earlier: Sequence[Earlier],
    request: PlanRequest,
    carried: Sequence[PlannedLayer] = (),
) -> tuple[FleetHistory, Sequence[PlannedLayer]]:
    """Return what earlier versions tell, and the layers of the last one, to be carried on.

    They were laid out as they were found, else by the same request, each carried on from the one before. What
    is not read of an image tells nothing of how often things change.

    Args:
        images: the fleet now.
        earlier: versions of its images, oldest first.
        request: what is asked for now.
        carried: the layers of a plan that is carried on already; layers that were found do not replace them.
    """
    pushed = {layer for one in earlier if isinstance(one, PushedImage) for layer in one.native}
    assumed, planned = None, bool(carried)
    names = keys(images)
    last: Sequence[StorePath] = ()
    for fleet in versions(images, earlier):
        there = {name: old for name, old, now in zip(names, fleet, images, strict=True) if old is not now}
        found = {name: layers for name, old in there.items() if (layers := _found(old))}
        pushed.update(
            layer
            for old in there.values()
            if isinstance(old, FleetImage)
            for layer in old.frame.found
            if layer not in old.frame.foreign
        )
        rest = {name: old for name, old in there.items() if isinstance(old, FleetImage) and name not in found}
        laid: Sequence[PlannedLayer] = ()
        if rest:
            olds = tuple(rest.values())
            asked = request.narrowed(union([image.closure for image in olds], "earlier versions").index)
            plan = solve_fleet(olds, asked, carried=carried).plan
            pushed.update(layer.paths for layer in plan.layers)
            now_of = dict(zip(plan.keys, rest, strict=True))
            laid = [
                replace(layer, images=tuple(now_of[key] for key in layer.images))
                for layer in carried_layers(plan)
            ]
            assumed = None if planned else (request.strategy, request.max_layers)
        as_found = {} if planned else found
        carried = _replaced(carried, (*rest, *as_found), laid, as_found)
        last = tuple(dict.fromkeys(path for old in fleet for path in _paths(old)))
    if last:
        known = resolved([layer.packages for layer in carried], last)
        carried = [replace(layer, packages=paths) for layer, paths in zip(carried, known, strict=True)]
    closures = closures_of(_read(images, earlier))
    return FleetHistory(closures, frozenset(pushed), assumed), carried


def _read(images: Sequence[FleetImage], earlier: Sequence[Earlier]) -> list[tuple[FleetImage, ...]]:
    """Return the versions of the fleet as far as closures of them are known."""
    known = [one for one in earlier if isinstance(one, FleetImage)]
    return [tuple(one for one in fleet if isinstance(one, FleetImage)) for fleet in versions(images, known)]


def _found(one: Earlier) -> tuple[tuple[StorePath, ...], ...]:
    return one.layers if isinstance(one, PushedImage) else one.frame.found


def _paths(one: Earlier) -> Iterable[StorePath]:
    if isinstance(one, FleetImage):
        return one.closure.paths
    return (path for layer in one.layers for path in layer)


def _replaced(
    carried: Sequence[PlannedLayer],
    names: Iterable[str],
    laid: Iterable[PlannedLayer],
    found: Mapping[str, Iterable[tuple[StorePath, ...]]],
) -> list[PlannedLayer]:
    """Return the layers that are carried with others for some images; layers of the same paths are one.

    Args:
        carried: the layers so far.
        names: the images whose layers are replaced.
        laid: layers of theirs.
        found: for others of these images their layers.
    """
    known = dict.fromkeys(name for layer in carried for name in layer.images)
    gone = set(origins(names, known, renamed=False).values())
    users: dict[tuple[str, ...], dict[str, None]] = {}
    for layer in carried:
        if left := [name for name in layer.images if name not in gone]:
            users.setdefault(layer.packages, {}).update(dict.fromkeys(left))
    for layer in laid:
        users.setdefault(layer.packages, {}).update(dict.fromkeys(layer.images))
    for name, layers in found.items():
        for paths in layers:
            users.setdefault(paths, {})[name] = None
    return [PlannedLayer(paths, tuple(sorted(names))) for paths, names in users.items()]
