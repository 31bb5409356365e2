"""What two images of one registry have in common: store paths, and the layers that both can use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.layering.compare import identity, push

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.layering.plan import LayerPlan
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class Sharing:
    """What an image shares with another one.

    Attributes:
        common: bytes of the store paths that are in both.
        layers: pairs of layers with the same bytes: the index here and there, lowest first.
        layers_size: bytes of those.
        pull: bytes of the layers that a host with the other image still has to pull.
        apart: store paths that are in both, but in layers that are not the same, the largest first.
    """

    common: int
    layers: tuple[tuple[int, int], ...]
    layers_size: int
    pull: int
    apart: tuple[StorePath, ...]


def sharing(plan: LayerPlan, other: LayerPlan, sizes: Mapping[StorePath, int]) -> Sharing:
    """Return what an image shares with another one.

    Args:
        plan: of the image.
        other: of the other image.
        sizes: NAR bytes of the store paths of the image.
    """
    there = {identity(layer): i for i, layer in enumerate(other.layers)}
    layers = tuple(
        (i, there[identity(layer)]) for i, layer in enumerate(plan.layers) if identity(layer) in there
    )
    here = plan.layer_of()
    both = here.keys() & other.layer_of().keys()
    same = {i for i, _ in layers}
    apart = sorted((path for path in both if here[path] not in same), key=lambda path: (-sizes[path], path))
    return Sharing(
        sum(sizes[path] for path in both),
        layers,
        sum(plan.layers[i].nar_size for i in same),
        push(plan, other).push_bytes,
        tuple(apart),
    )
