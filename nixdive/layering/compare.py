"""What a push of a plan costs when the layers of earlier plans are in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.words import without_layers

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
        unread: the indices of layers of the earlier plans that cannot be read: the registry may have more
            store layers than is known.
        unsized: whether a new layer cannot be read, so that its bytes are missing.
    """

    push_bytes: int
    layers_reused: int
    layers_new: int
    new: tuple[bool, ...]
    unread: tuple[int, ...] = ()
    unsized: bool = False

    @property
    def lacks(self) -> str:
        """What the price lacks because layers cannot be read, in words; empty where it lacks nothing."""
        earlier = f"{without_layers(self.unread)} of the earlier version" if self.unread else ""
        return ", ".join(filter(None, (earlier, "without new layers that cannot be read" * self.unsized)))


def push(plan: LayerPlan, *earlier: LayerPlan) -> PushCost:
    """Return what a push of the plan costs after the earlier plans were pushed.

    A store layer is reused if an earlier plan has one with the same paths in the same order: then its tar has
    the same bytes, unless another program has made one of the two. Any other layer is reused if an earlier
    plan has one that its tar hashes to; where that is not known, if it has one of the same kind and size.
    """
    known = {identity(layer) for before in earlier for layer in before.layers}
    new = tuple(identity(layer) not in known for layer in plan.layers)
    pushed = [layer for layer, is_new in zip(plan.layers, new, strict=True) if is_new]
    return PushCost(
        sum(layer.nar_size for layer in pushed),
        len(new) - len(pushed),
        len(pushed),
        new,
        tuple(sorted({i for before in earlier for i in before.unread})),
        any(layer.fault is not None for layer in pushed),
    )


def identity(layer: Layer) -> tuple[StorePath, ...] | tuple[LayerKind, int] | str:
    """Return what is the same for layers with the same bytes, as far as plans tell."""
    if layer.kind is LayerKind.STORE and not layer.foreign:
        return layer.paths
    return layer.diff_id or layer.tar_digest or (layer.kind, layer.nar_size)
