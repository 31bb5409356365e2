"""A layout of a fleet by indices: layers to be, each with the images that use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
