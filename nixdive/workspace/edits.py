"""The edits: pure functions from a request to the next one, with the words for the edit line."""

from __future__ import annotations

import glob
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.layering.request import MOST_LAYERS, Pin
from nixdive.visible import visible
from nixdive.words import listed
from nixdive.workspace.history import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nixdive.closure.closure import Closure
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath


PIN = "◆"


def budget(request: PlanRequest, layers: int) -> Edit | None:
    """Return the edit that sets the layer budget, kept between 1 and the most that Docker loads."""
    layers = min(max(layers, 1), MOST_LAYERS)
    if layers == request.max_layers:
        return None
    return Edit(replace(request, max_layers=layers), f"budget {request.max_layers}", str(layers))


def strategy(request: PlanRequest, name: str) -> Edit | None:
    """Return the edit that lays the paths out by another strategy, and anew."""
    if name == request.strategy:
        return None
    return Edit(replace(request, strategy=name, carried=()), f"strategy {request.strategy}", name)


def replan(request: PlanRequest) -> Edit | None:
    """Return the edit that lays out anew what was carried from an earlier plan."""
    if not request.carried:
        return None
    return Edit(replace(request, carried=()), "laid out anew", "")


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
