"""Earlier versions of the images of a fleet, put together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.layering.fleet.carry import carried_layers
from nixdive.layering.fleet.image import FleetImage, union
from nixdive.layering.fleet.solve import FleetHistory, solve_fleet
from nixdive.layering.versions import origins, resolved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.planfile import PlannedLayer
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath


def versions(
    images: Sequence[FleetImage], earlier: Sequence[FleetImage]
) -> tuple[tuple[FleetImage, ...], ...]:
    """Return the fleet as it was, oldest first, out of earlier versions of single images.

    An image of the past belongs to the image of now whose root, or stem, comes from its own. Where one has
    fewer versions than others, its oldest one, or itself, stands for those that are missing.

    Args:
        images: the fleet now.
        earlier: versions of its images, oldest first; those of images that are not in it are left out.
    """
    labels = [image.label for image in images]
    lines: list[list[FleetImage]] = [[] for _ in images]
    for one in earlier:
        for label in origins([one.label], labels, renamed=False).values():
            lines[labels.index(label)].append(one)
    for line, image in zip(lines, images, strict=True):
        line.append(image)
    longest = max(map(len, lines))
    return tuple(
        tuple(line[max(at - (longest - len(line)), 0)] for line in lines) for at in range(longest - 1)
    )


def closures_of(fleets: Sequence[Sequence[FleetImage]]) -> tuple[Closure, ...]:
    """Return all paths of each version of a fleet."""
    return tuple(union([image.closure for image in fleet], "earlier versions") for fleet in fleets)


def past_of(
    images: Sequence[FleetImage],
    earlier: Sequence[FleetImage],
    request: PlanRequest,
    carried: Sequence[PlannedLayer] = (),
) -> tuple[FleetHistory, Sequence[PlannedLayer]]:
    """Return what earlier versions tell, and the layers of the last one, to be carried on.

    They were laid out as they were found, else by the same request, each carried on from the one before.

    Args:
        images: the fleet now.
        earlier: versions of its images, oldest first.
        request: what is asked for now.
        carried: the layers of a plan that is carried on already.
    """
    fleets = versions(images, earlier)
    pushed: set[tuple[StorePath, ...]] = set()
    assumed, planned = None, bool(carried)
    for fleet in fleets:
        there = [old for old, now in zip(fleet, images, strict=True) if old is not now]
        pushed.update(
            layer for image in there for layer in image.frame.found if layer not in image.frame.foreign
        )
        rest = [image for image in there if not image.frame.found]
        if rest:
            asked = request.narrowed(union([image.closure for image in rest], "earlier versions").index)
            plan = solve_fleet(rest, asked, carried=carried).plan
            pushed.update(layer.paths for layer in plan.layers)
            carried = carried_layers(plan)
            assumed = None if planned else (request.strategy, request.max_layers)
    closures = closures_of(fleets)
    if closures:
        layers = resolved([layer.packages for layer in carried], closures[-1].paths)
        carried = [replace(layer, packages=paths) for layer, paths in zip(carried, layers, strict=True)]
    return FleetHistory(closures, frozenset(pushed), assumed), carried
