"""The plan of a fleet as a value: layers, and which of them each image uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nixdive.layering.plan import Layer, LayerKind, LayerPlan

if TYPE_CHECKING:
    from collections.abc import Collection

    from nixdive.layering.fleet.image import FleetImage
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class FleetLayer:
    """One store layer.

    Attributes:
        paths: the store paths in the order in which the tar has them; each image that uses it has them all.
        images: which images use it, at least one.
        nar_size: NAR bytes of the paths.
        change_probability: the chance that a release changes it.
        reason: why the layer exists, in a few words.
        pin: the name of the layer if pins made it, else None.
    """

    paths: tuple[StorePath, ...]
    images: frozenset[int]
    nar_size: int
    change_probability: float
    reason: str
    pin: str | None = None


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """Every image laid out within its budget, every layer once.

    Attributes:
        request: what was asked for; the budget is that of each image.
        names: the images, as the user named them.
        keys: what each is called whatever its version.
        images: for each image its store layers, lowest first, as indices of `layers`.
        layers: no two with the same paths.
        left_out: for each image the store paths in no layer, because the pipeline removed them.
        sized: whether NAR sizes are known; if not, every path counts as one byte.
    """

    request: PlanRequest
    names: tuple[str, ...]
    keys: tuple[str, ...]
    images: tuple[tuple[int, ...], ...]
    layers: tuple[FleetLayer, ...]
    left_out: tuple[tuple[StorePath, ...], ...]
    sized: bool = True

    def plan_of(self, number: int, image: FleetImage) -> LayerPlan:
        """Return the plan of one image, with the layers around those of the store."""
        store = (self.layers[i] for i in self.images[number])
        layers = (
            Layer(
                LayerKind.STORE,
                layer.paths,
                layer.nar_size,
                layer.reason,
                layer.pin,
                layer.change_probability,
            )
            for layer in store
        )
        frame = image.frame
        top = (*(layer for _, layer in frame.staying(keep=False)), *frame.above)
        request = self.request.narrowed(image.closure.index)
        return LayerPlan(request, (*frame.base, *layers, *top), self.left_out[number], self.sized)


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
