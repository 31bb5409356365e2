"""The edits: pure functions from where one is made to the step, with the words for each.

What an edit is about is kept as what stays the same from plan to plan: patterns, store paths, the layers that
hold them. So each can be made again where another one before it was not made.
"""

from __future__ import annotations

import glob
from collections import Counter
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from nixdive.errors import PlanError
from nixdive.layering import arrangement as arranged
from nixdive.layering.request import Pin, PlanRequest
from nixdive.visible import visible
from nixdive.words import listed
from nixdive.workspace.history import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.arrangement import Arrangement
    from nixdive.layering.plan import Layer
    from nixdive.store.path import StorePath
    from nixdive.workspace.situation import Situation

P = ParamSpec("P")
E = TypeVar("E", Edit, "Edit | None")

PIN = "◆"


def _again(make: Callable[Concatenate[Situation, P], E]) -> Callable[Concatenate[Situation, P], E]:
    """Let the edits that a function makes know how they are made again in another situation."""

    @wraps(make)
    def made(now: Situation, /, *args: P.args, **options: P.kwargs) -> E:
        edit = make(now, *args, **options)
        if edit is None:
            return edit
        return replace(edit, again=lambda there: _again(make)(there, *args, **options))

    return made


@_again
def budget(now: Situation, layers: int) -> Edit | None:
    """Return the edit that sets the layer budget, kept between 1 and what the clients allow.

    What holds now may be higher.
    """
    request = now.request
    layers = min(max(layers, 1), max(now.most, request.max_layers))
    if layers == request.max_layers:
        return None
    return Edit(request.within(layers), f"budget {request.max_layers}", str(layers))


@_again
def strategy(now: Situation, name: str) -> Edit | None:
    """Return the edit that lays the paths out by another strategy, from what was pushed, like the option."""
    request = now.request
    if name == request.strategy:
        return None
    return Edit(replace(request.anew(), strategy=name, carry_on=True), f"strategy {request.strategy}", name)


@_again
def replan(now: Situation) -> Edit | None:
    """Return the edit that lays out anew what a plan has carried from an earlier one."""
    if not now.plan.request.carried:
        return None
    return Edit(now.request.anew(), "planned from scratch", "")


@_again
def pin(now: Situation, patterns: Collection[str], layer: str) -> Edit | None:
    """Return the edit that pins what the patterns match to the layer of that name."""
    request = now.request
    pins = tuple(Pin(pattern, layer) for pattern in patterns)
    new = tuple(one for one in pins if one not in request.pins)
    if not new:
        return None
    # a path lies in one layer: an earlier pin of the same pattern gives way
    taken = {one.pattern for one in new}
    kept = tuple(one for one in request.pins if one.pattern not in taken)
    words = listed((visible(one.pattern) for one in new), 1)
    # a layer that is new has the room that people have left
    spare = request.spare if layer in {one.layer for one in request.pins} else max(request.spare - 1, 0)
    made = replace(request, pins=(*kept, *new), spare=spare)
    return Edit(made, f"pin {words}", f"layer {visible(layer)}", mark=PIN)


@_again
def unpin(now: Situation, unwanted: Callable[[Pin], bool]) -> Edit | None:
    """Return the edit that takes some pins away."""
    gone = tuple(one for one in now.request.pins if unwanted(one))
    if not gone:
        return None
    words = listed((visible(one.pattern) for one in gone), 1)
    kept = tuple(one for one in now.request.pins if one not in gone)
    return Edit(replace(now.request, pins=kept), f"unpin {words}")


def unpin_layer(now: Situation, layer: str) -> Edit | None:
    """Return the edit that takes away the pins to the layer of that name."""
    return unpin(now, lambda pin: pin.layer == layer)


@_again
def rate(now: Situation, pattern: str, chance: float | None) -> Edit | None:
    """Return the edit that says how often packages change by themselves.

    Args:
        now: where it is made.
        pattern: of the packages, like that of a pin.
        chance: in how many releases, from 0 to 1; None forgets what was said of them.
    """
    said = dict(now.request.rates)
    if said.get(pattern) == chance:
        return None
    kept = tuple(one for one in now.request.rates if one[0] != pattern)
    # the first one that matches holds
    rates = kept if chance is None else ((pattern, chance), *kept)
    result = "as estimated" if chance is None else f"{100 * chance:.3g} % of releases"
    return Edit(replace(now.request, rates=rates), f"rate {visible(pattern)}", result)


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


def merge(now: Situation, numbers: Collection[int]) -> Edit:
    """Return the edit that makes one layer out of several; a pinned one takes in the paths of the others.

    The budget stays what was asked, and the room that it has then stays free.

    Raises:
        PlanError: there are fewer than two; or one of them is frozen, or holds no store paths alone.
    """
    if len(numbers) < 2:
        raise PlanError("one layer cannot be merged", hint=MARK)
    return _merge(now, [now.plan.layers[number] for number in sorted(numbers)])


@_again
def _merge(now: Situation, layers: Collection[Layer]) -> Edit:
    chosen = sorted({now.number_of(layer) for layer in layers})
    if len(chosen) < 2:
        raise PlanError(f"what they hold is together in layer {chosen[0] + 1} already")
    pins, name = _together(now, chosen)
    made = replace(_counted(now, arranged.merged(now.plan, chosen)), pins=pins)
    words = listed((number + 1 for number in chosen), _SHOWN)
    return Edit(made, f"merge {words}", str(chosen[0] + 1), mark=PIN if name else "")


def split(now: Situation, number: int) -> Edit:
    """Return the edit that cuts a layer in two where releases then push least.

    Raises:
        PlanError: the layer cannot be cut, or there would be more than the clients allow.
    """
    return _split(now, now.plan.layers[number])


@_again
def _split(now: Situation, layer: Layer) -> Edit:
    number = now.number_of(layer)
    made = _counted(now, arranged.split(now.plan, number, now.priced.model))
    return Edit(made, f"split {number + 1}", f"{number + 1}, {number + 2}{_budget(now.request, made)}")


@_again
def apart(now: Situation, path: StorePath) -> Edit:
    """Return the edit that takes a store path out of its layer into one of its own.

    Raises:
        PlanError: the path cannot leave its layer, or there would be more than the clients allow.
    """
    made = _counted(now, arranged.apart(now.plan, path))
    result = f"a layer of its own{_budget(now.request, made)}"
    return Edit(made, f"split off {visible(path.package)}", result)


def move(now: Situation, number: int, places: int) -> Edit:
    """Return the edit that puts a layer higher, or lower where the number of places is negative.

    Raises:
        PlanError: it holds no store paths alone, or there is no place for it.
    """
    return _move(now, now.plan.layers[number], places)


@_again
def _move(now: Situation, layer: Layer, places: int) -> Edit:
    number = now.number_of(layer)
    made = _stated(now, arranged.moved(now.plan, number, places))
    return Edit(made, f"move {number + 1}", str(number + 1 + places))


def freeze(now: Situation, number: int) -> Edit:
    """Return the edit that keeps the bytes of a layer: those that the baseline has, where there is one.

    Raises:
        PlanError: the layer is pinned or holds no store paths alone, or the one of the baseline cannot stay.
    """
    return _freeze(now, now.plan.layers[number])


@_again
def _freeze(now: Situation, layer: Layer) -> Edit:
    number, plan = now.number_of(layer), now.plan
    if plan.layers[number].pin is not None:
        raise PlanError(f"layer {number + 1} is pinned", hint=arranged.UNPIN)
    paths = arranged.as_before(plan, number, now.baseline)
    made = _stated(now, arranged.holding(plan, number, paths), frozen=(*now.request.frozen, paths))
    note = f"{number + 1} keeps its digest until you thaw it"
    return Edit(made, f"freeze {number + 1}", mark=FROZEN, note=note)


def thaw(now: Situation, number: int) -> Edit:
    """Return the edit that lets a frozen layer change again.

    Raises:
        PlanError: it is not frozen.
    """
    return _thaw(now, now.plan.layers[number])


@_again
def _thaw(now: Situation, layer: Layer) -> Edit:
    number = now.number_of(layer)
    here = now.plan.layers[number]
    if not here.frozen:
        raise PlanError(f"layer {number + 1} is not frozen")
    frozen = tuple(one for one in now.request.frozen if one != here.paths)
    return Edit(_stated(now, now.plan.stored, frozen=frozen), f"thaw {number + 1}")


@_again
def joint(now: Situation, layers: Arrangement, images: Sequence[str]) -> Edit | None:
    """Return the edit that takes on the layers of a plan for several images together.

    Where the budget has room for more, that stays free.

    Args:
        now: where it is made.
        layers: the store layers of this image in that plan, lowest first.
        images: what the other images are called.

    Raises:
        PlanError: there would be more layers than the clients allow.
    """
    if now.plan.stored == tuple(layers):
        return None
    words = f"joint layers with {listed(map(visible, images), _SHOWN)}"
    made = _counted(now, layers)
    return Edit(
        made, words, f"{now.frame.count(keep=False) + len(layers)} layers{_budget(now.request, made)}"
    )


def _budget(before: PlanRequest, after: PlanRequest) -> str:
    """Return words for a budget that an edit has changed; nothing where it has not."""
    return "" if before.max_layers == after.max_layers else f", budget {after.max_layers}"


def _stated(now: Situation, layers: Arrangement, **more: Any) -> PlanRequest:
    """Return the request for a plan whose layers people have arranged; what is assumed stays as it is."""
    strategy = "churn" if now.request.strategy in _TOLD else now.request.strategy
    assumed = now.plan.request.assumed
    return replace(now.request.carrying(layers), strategy=strategy, assumed=assumed, **more)


def _counted(now: Situation, layers: Arrangement) -> PlanRequest:
    """Return the request with these layers, no more and no fewer, and a budget that has room for them."""
    needed = now.frame.count(keep=False) + len(layers)
    if needed > max(now.most, now.request.max_layers):
        raise PlanError(f"there is room for {now.most} layers: merge two of them first")
    most = max(now.request.max_layers, needed)
    return replace(_stated(now, layers), max_layers=most, spare=most - needed)


def _together(now: Situation, numbers: Collection[int]) -> tuple[tuple[Pin, ...], str | None]:
    """Return the pins after some layers were merged, and the name of the layer if one of them was pinned."""
    request, layers = now.request, [now.plan.layers[number] for number in numbers]
    names = [layer.pin for layer in layers if layer.pin is not None]
    if not names:
        return request.pins, None
    pins = tuple(replace(pin, layer=names[0]) if pin.layer in names else pin for pin in request.pins)
    free = (path for layer in layers if layer.pin is None for path in layer.paths)
    return (*pins, *(Pin(pattern_for(path, now.closure), names[0]) for path in free)), names[0]
