"""What a push of a fleet costs when the layers of earlier versions are in the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from nixdive.layering.fleet.plan import FleetPlan
    from nixdive.store.path import StorePath


class FleetPush(NamedTuple):
    """The cost of one push of all images.

    Attributes:
        push_bytes: NAR bytes of the new store layers, each once.
        layers_reused: how many store layers the registry has.
        layers_new: how many it has not.
    """

    push_bytes: int
    layers_reused: int
    layers_new: int


def push_of(plan: FleetPlan, registry: Collection[tuple[StorePath, ...]]) -> FleetPush:
    """Return what a push costs; a layer with the same paths in the same order has the same bytes."""
    new = [layer for layer in plan.layers if layer.paths not in registry]
    return FleetPush(sum(layer.nar_size for layer in new), len(plan.layers) - len(new), len(new))
