"""What a fleet is laid out from: the union of its images, the pins in each, and the room that is left.

A layout is a list of layers to be, by the places of their paths in that union.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nixdive.errors import BudgetError
from nixdive.layering.fleet.image import FleetImage, union
from nixdive.layering.pins import claim
from nixdive.layering.request import MOST_LAYERS, PlanRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.strategies import Group


class Share(NamedTuple):
    """One layer to be.

    Attributes:
        members: indices of its paths in the order in which the tar has them.
        images: which images use it.
        reason: why they are together.
        pin: the name of the layer where pins made it.
    """

    members: tuple[int, ...]
    images: frozenset[int]
    reason: str
    pin: str | None = None


def shared(layouts: Iterable[tuple[int, Sequence[Group]]]) -> list[Share]:
    """Return the layers of images that were laid out alone, layers with the same bytes once.

    Args:
        layouts: an image, and its layers.
    """
    found: dict[tuple[int, ...], Share] = {}
    for image, groups in layouts:
        for group in groups:
            before = found.get(group.members)
            images = before.images if before else frozenset()
            found[group.members] = Share(group.members, images | {image}, group.reason, group.pin)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Ground:
    """What is to be laid out.

    Attributes:
        union: all paths of all images.
        held: for each image its paths, as indices of the union, sorted.
        excluded: the paths that go into no layer.
        pinned: the layers that pins made, in the order of the pins.
        free: for each image the paths that are neither excluded nor pinned, sorted.
        limits: for each image how many layers there may be for them; 0 where there are none.
    """

    union: Closure
    held: tuple[tuple[int, ...], ...]
    excluded: frozenset[int]
    pinned: tuple[Share, ...]
    free: tuple[tuple[int, ...], ...]
    limits: tuple[int, ...]

    @classmethod
    def of(cls, images: Sequence[FleetImage], request: PlanRequest) -> Ground:
        """Return what a request leaves to be laid out.

        A pinned layer holds in each image all paths of the image that its pins match; images in which these
        are the same paths share it.

        Raises:
            BudgetError: the budget of an image is too small for base, pins, customisation and the rest.
            PinError: a pin matches nothing in any image, or two pins claim one path for two layers.
            UnknownPathError: an excluded path is in no image.
        """
        closure = union([image.closure for image in images], ", ".join(image.name for image in images))
        index = closure.index
        held = tuple(tuple(sorted(map(index.__getitem__, image.closure.paths))) for image in images)
        excluded = frozenset(closure.find(path) for path in request.exclude)
        pinned: dict[tuple[str, tuple[int, ...]], set[int]] = {}
        taken = set(excluded)
        counts = [0] * len(images)
        for name, matched in claim(closure, request.pins, excluded).items():
            taken.update(matched)
            for image, paths in enumerate(held):
                members = closure.ordered(set(matched).intersection(paths))
                if members:
                    pinned.setdefault((name, members), set()).add(image)
                    counts[image] += 1
        shares = tuple(
            Share(members, frozenset(users), f"pinned: {name}", name)
            for (name, members), users in pinned.items()
        )
        free = tuple(tuple(i for i in paths if i not in taken) for paths in held)
        limits = tuple(
            _room(image, request.max_layers, count, rest=bool(rest))
            for image, count, rest in zip(images, counts, free, strict=True)
        )
        return cls(closure, held, excluded, shares, free, limits)


def _room(image: FleetImage, budget: int, pins: int, *, rest: bool) -> int:
    if not 1 <= budget <= MOST_LAYERS:
        raise BudgetError(f"a budget of {budget} layers is not between 1 and {MOST_LAYERS}")
    around = image.frame.count(keep=False)
    needed = around + pins + rest
    if needed > budget:
        raise BudgetError(
            f"{image.name}: budget {budget} is below the {needed} layers of base, pins, files and rest",
            hint="raise --max-layers" if needed <= MOST_LAYERS else None,
            needed=needed,
        )
    return budget - around - pins if rest else 0
