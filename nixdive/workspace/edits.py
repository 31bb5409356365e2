"""The edits: pure functions from a request to the next one, with the words for each."""

from __future__ import annotations

import glob
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nixdive.errors import PlanError
from nixdive.layering import arrangement as arranged
from nixdive.layering.request import Pin, PlanRequest
from nixdive.visible import visible
from nixdive.words import listed
from nixdive.workspace.history import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from nixdive.closure.closure import Closure
    from nixdive.layering.arrangement import Arrangement
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.plan import Frame, LayerPlan
    from nixdive.store.path import StorePath


PIN = "◆"


def budget(request: PlanRequest, layers: int, most: int) -> Edit | None:
    """Return the edit that sets the layer budget, kept between 1 and `most`; what holds now may be higher."""
    layers = min(max(layers, 1), max(most, request.max_layers))
    if layers == request.max_layers:
        return None
    return Edit(replace(request, max_layers=layers), f"budget {request.max_layers}", str(layers))


def strategy(request: PlanRequest, name: str) -> Edit | None:
    """Return the edit that lays the paths out by another strategy, from what was pushed, like the option."""
    if name == request.strategy:
        return None
    return Edit(replace(request.anew(), strategy=name, carry_on=True), f"strategy {request.strategy}", name)


def replan(request: PlanRequest, plan: LayerPlan) -> Edit | None:
    """Return the edit that lays out anew what a plan has carried from an earlier one."""
    if not plan.request.carried:
        return None
    return Edit(request.anew(), "planned from scratch", "")


def pin(request: PlanRequest, patterns: Iterable[str], layer: str) -> Edit | None:
    """Return the edit that pins what the patterns match to the layer of that name."""
    pins = tuple(Pin(pattern, layer) for pattern in patterns)
    new = tuple(one for one in pins if one not in request.pins)
    if not new:
        return None
    # a path lies in one layer: an earlier pin of the same pattern gives way
    taken = {one.pattern for one in new}
    kept = tuple(one for one in request.pins if one.pattern not in taken)
    words = listed((visible(one.pattern) for one in new), 1)
    return Edit(replace(request, pins=(*kept, *new)), f"pin {words}", f"layer {visible(layer)}", mark=PIN)


def unpin(request: PlanRequest, unwanted: Callable[[Pin], bool]) -> Edit | None:
    """Return the edit that takes some pins away."""
    gone = tuple(one for one in request.pins if unwanted(one))
    if not gone:
        return None
    words = listed((visible(one.pattern) for one in gone), 1)
    kept = tuple(one for one in request.pins if one not in gone)
    return Edit(replace(request, pins=kept), f"unpin {words}")


def unpin_layer(request: PlanRequest, layer: str) -> Edit | None:
    """Return the edit that takes away the pins to the layer of that name."""
    return unpin(request, lambda pin: pin.layer == layer)


def rate(request: PlanRequest, pattern: str, chance: float | None) -> Edit | None:
    """Return the edit that says how often packages change by themselves.

    Args:
        request: what is asked for.
        pattern: of the packages, like that of a pin.
        chance: in how many releases, from 0 to 1; None forgets what was said of them.
    """
    said = dict(request.rates)
    if said.get(pattern) == chance:
        return None
    kept = tuple(one for one in request.rates if one[0] != pattern)
    # the first one that matches holds
    rates = kept if chance is None else ((pattern, chance), *kept)
    result = "as estimated" if chance is None else f"{100 * chance:.3g} % of releases"
    return Edit(replace(request, rates=rates), f"rate {visible(pattern)}", result)


def pattern_for(path: StorePath, closure: Closure) -> str:
    """Return the pattern that matches a path and carries to the next release.

    It is the package, so that the pin holds for the next version too; where several paths are of one package
    it is the name, and where the names are alike as well, the whole path.
    """
    packages, names = _counts(closure)
    if packages[path.package] == 1:
        return glob.escape(path.package)
    return glob.escape(path.name if names[path.name] == 1 else path)


def _counts(closure: Closure) -> tuple[Counter[str], Counter[str]]:
    return Counter(path.package for path in closure.paths), Counter(path.name for path in closure.paths)


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
    made = _stated(request, plan, layers, pins=pins)
    if made.strategy == "churn":
        made = replace(made, max_layers=frame.count(keep=False) + len(layers))
    words = listed((number + 1 for number in chosen), _SHOWN)
    result = f"{chosen[0] + 1}{_budget(request, made)}"
    return Edit(made, f"merge {words}", result, mark=PIN if name else "")


def split(
    request: PlanRequest, plan: LayerPlan, number: int, model: ChangeModel, frame: Frame, *, most: int
) -> Edit:
    """Return the edit that cuts a layer in two where releases then push least.

    Raises:
        PlanError: the layer cannot be cut, or there would be more than `most` layers.
    """
    made = _wider(request, plan, arranged.split(plan, number, model), frame, most)
    return Edit(made, f"split {number + 1}", f"{number + 1}, {number + 2}{_budget(request, made)}")


def apart(request: PlanRequest, plan: LayerPlan, path: StorePath, frame: Frame, *, most: int) -> Edit:
    """Return the edit that takes a store path out of its layer into one of its own.

    Raises:
        PlanError: the path cannot leave its layer, or there would be more than `most` layers.
    """
    made = _wider(request, plan, arranged.apart(plan, path), frame, most)
    result = f"a layer of its own{_budget(request, made)}"
    return Edit(made, f"split off {visible(path.package)}", result)


def move(request: PlanRequest, plan: LayerPlan, number: int, places: int) -> Edit:
    """Return the edit that puts a layer higher, or lower where the number of places is negative.

    Raises:
        PlanError: it holds no store paths alone, or there is no place for it.
    """
    layers = arranged.moved(plan, number, places)
    return Edit(_stated(request, plan, layers), f"move {number + 1}", str(number + 1 + places))


def freeze(request: PlanRequest, plan: LayerPlan, number: int, baseline: LayerPlan | None) -> Edit:
    """Return the edit that keeps the bytes of a layer: those that the baseline has, where there is one.

    Raises:
        PlanError: the layer is pinned or holds no store paths alone, or the one of the baseline cannot stay.
    """
    if plan.layers[number].pin is not None:
        raise PlanError(f"layer {number + 1} is pinned", hint=arranged.UNPIN)
    paths = arranged.as_before(plan, number, baseline)
    made = _stated(request, plan, arranged.holding(plan, number, paths), frozen=(*request.frozen, paths))
    note = f"{number + 1} keeps its digest until you thaw it"
    return Edit(made, f"freeze {number + 1}", mark=FROZEN, note=note)


def thaw(request: PlanRequest, plan: LayerPlan, number: int) -> Edit:
    """Return the edit that lets a frozen layer change again."""
    paths = plan.layers[number].paths
    frozen = tuple(layer for layer in request.frozen if layer != paths)
    return Edit(_stated(request, plan, plan.stored, frozen=frozen), f"thaw {number + 1}")


def _budget(before: PlanRequest, after: PlanRequest) -> str:
    """Return words for a budget that an edit has changed; nothing where it has not."""
    return "" if before.max_layers == after.max_layers else f", budget {after.max_layers}"


def _stated(request: PlanRequest, plan: LayerPlan, layers: Arrangement, **more: Any) -> PlanRequest:
    """Return the request for a plan whose layers people have arranged; what is assumed stays as it is."""
    strategy = "churn" if request.strategy in _TOLD else request.strategy
    return replace(request.carrying(layers), strategy=strategy, assumed=plan.request.assumed, **more)


def _wider(
    request: PlanRequest, plan: LayerPlan, layers: Arrangement, frame: Frame, most: int
) -> PlanRequest:
    """Return the request with these layers, and a budget that has room for them."""
    needed = frame.count(keep=False) + len(layers)
    if needed > max(most, request.max_layers):
        raise PlanError(f"there is room for {most} layers: merge two of them first")
    return replace(_stated(request, plan, layers), max_layers=max(request.max_layers, needed))


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
