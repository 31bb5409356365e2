"""The edits that arrange layers by hand: what one of them does not touch is stated as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nixdive.errors import PlanError
from nixdive.layering import arrangement as arranged
from nixdive.layering.request import MOST_LAYERS, Pin
from nixdive.visible import visible
from nixdive.words import listed
from nixdive.workspace.edits import PIN, pattern_for
from nixdive.workspace.history import Edit

if TYPE_CHECKING:
    from collections.abc import Collection

    from nixdive.closure.closure import Closure
    from nixdive.layering.arrangement import Arrangement
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.frame import Frame
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath

FROZEN = "■"
MARK = "mark the layers first"
_SHOWN = 4
# these lay out by what they are told, and carry no layers on
_TOLD = frozenset({"keep", "pipeline"})


def merge(
    request: PlanRequest, plan: LayerPlan, numbers: Collection[int], closure: Closure, frame: Frame
) -> Edit:
    """Return the edit that makes one layer out of several; a pinned one takes in the paths of the others.

    The budget of `churn` goes down with the number of layers: it would spend the room again.

    Raises:
        PlanError: there are fewer than two; or one of them is frozen, or holds no store paths alone.
    """
    if len(numbers) < 2:
        raise PlanError("one layer cannot be merged", hint=MARK)
    layers = arranged.merged(plan, numbers)
    chosen = sorted(numbers)
    pins, name = _together(request, plan, chosen, closure)
    made = _stated(request, layers, pins=pins)
    if made.strategy == "churn":
        made = replace(made, max_layers=frame.count(keep=False) + len(layers))
    words = listed((number + 1 for number in chosen), _SHOWN)
    return Edit(made, f"merge {words}", str(chosen[0] + 1), mark=PIN if name else "")


def split(request: PlanRequest, plan: LayerPlan, number: int, model: ChangeModel, frame: Frame) -> Edit:
    """Return the edit that cuts a layer in two where releases then push least.

    Raises:
        PlanError: the layer cannot be cut, or Docker loads no more layers.
    """
    layers = arranged.split(plan, number, model)
    return Edit(_wider(request, layers, frame), f"split {number + 1}", f"{number + 1}, {number + 2}")


def apart(request: PlanRequest, plan: LayerPlan, path: StorePath, frame: Frame) -> Edit:
    """Return the edit that takes a store path out of its layer into one of its own.

    Raises:
        PlanError: the path cannot leave its layer, or Docker loads no more layers.
    """
    layers = arranged.apart(plan, path)
    return Edit(_wider(request, layers, frame), f"split off {visible(path.package)}", "a layer of its own")


def move(request: PlanRequest, plan: LayerPlan, number: int, places: int) -> Edit:
    """Return the edit that puts a layer higher, or lower where the number of places is negative.

    Raises:
        PlanError: it holds no store paths alone, or there is no place for it.
    """
    layers = arranged.moved(plan, number, places)
    return Edit(_stated(request, layers), f"move {number + 1}", str(number + 1 + places))


def freeze(request: PlanRequest, plan: LayerPlan, number: int, baseline: LayerPlan | None) -> Edit:
    """Return the edit that keeps the bytes of a layer: those that the baseline has, where there is one.

    Raises:
        PlanError: the layer is pinned or holds no store paths alone, or the one of the baseline cannot stay.
    """
    if plan.layers[number].pin is not None:
        raise PlanError(f"layer {number + 1} is pinned", hint=arranged.UNPIN)
    paths = arranged.as_before(plan, number, baseline)
    made = _stated(request, arranged.holding(plan, number, paths), frozen=(*request.frozen, paths))
    note = f"{number + 1} keeps its digest until you thaw it"
    return Edit(made, f"freeze {number + 1}", mark=FROZEN, note=note)


def thaw(request: PlanRequest, plan: LayerPlan, number: int) -> Edit:
    """Return the edit that lets a frozen layer change again."""
    paths = plan.layers[number].paths
    frozen = tuple(layer for layer in request.frozen if layer != paths)
    return Edit(_stated(request, arranged.arrangement(plan), frozen=frozen), f"thaw {number + 1}")


def _stated(request: PlanRequest, layers: Arrangement, **more: Any) -> PlanRequest:
    strategy = "churn" if request.strategy in _TOLD else request.strategy
    return replace(request, strategy=strategy, pipeline=None, carried=layers, **more)


def _wider(request: PlanRequest, layers: Arrangement, frame: Frame) -> PlanRequest:
    """Return the request with these layers, and a budget that has room for them."""
    needed = frame.count(keep=False) + len(layers)
    if needed > MOST_LAYERS:
        raise PlanError(f"Docker loads at most {MOST_LAYERS} layers: merge two of them first")
    return replace(_stated(request, layers), max_layers=max(request.max_layers, needed))


def _together(
    request: PlanRequest, plan: LayerPlan, numbers: Collection[int], closure: Closure
) -> tuple[tuple[Pin, ...], str | None]:
    """Return the pins after some layers were merged, and the name of the layer if one of them was pinned."""
    layers = [plan.layers[number] for number in numbers]
    names = [layer.pin for layer in layers if layer.pin is not None]
    if not names:
        return request.pins, None
    pins = tuple(replace(pin, layer=names[0]) if pin.layer in names else pin for pin in request.pins)
    free = (path for layer in layers if layer.pin is None for path in layer.paths)
    return (*pins, *(Pin(pattern_for(path, closure), names[0]) for path in free)), names[0]
