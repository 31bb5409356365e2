"""What a push of a plan costs when the layers of earlier plans are in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.layering.plan import Layer, LayerKind, LayerPlan

if TYPE_CHECKING:
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class PushCost:
    """The cost of one push.

    Attributes:
        push_bytes: bytes of the new layers: NAR bytes of store layers, tar bytes of the others.
        layers_reused: how many layers the registry has.
        layers_new: how many it has not.
        new: for each layer of the plan, lowest first, whether it is new.
    """

    push_bytes: int
    layers_reused: int
    layers_new: int
    new: tuple[bool, ...]


def push(plan: LayerPlan, *earlier: LayerPlan) -> PushCost:
    """Return what a push of the plan costs after the earlier plans were pushed.

    A store layer is reused if an earlier plan has one with the same paths in the same order: then its tar has
    the same bytes. Another layer is reused if an earlier plan has one with its diff_id; where none is known,
    if it has one of the same kind and size.
    """
    known = {identity(layer) for before in earlier for layer in before.layers}
    new = tuple(identity(layer) not in known for layer in plan.layers)
    pushed = [layer.nar_size for layer, is_new in zip(plan.layers, new, strict=True) if is_new]
    return PushCost(sum(pushed), len(new) - len(pushed), len(pushed), new)


def identity(layer: Layer) -> tuple[StorePath, ...] | tuple[LayerKind, int] | str:
    """Return what is the same for layers with the same bytes, as far as plans tell."""
    if layer.kind is LayerKind.STORE:
        return layer.paths
    return layer.diff_id or (layer.kind, layer.nar_size)
