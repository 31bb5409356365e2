"""What a request says of single store paths, against a closure: pins, frozen layers, patterns of rates."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import replace
from fnmatch import filter as matching
from typing import TYPE_CHECKING, Self
from weakref import WeakKeyDictionary

from nixdive.errors import FrozenError, PinError
from nixdive.layering.request import Pin, PlanRequest, pinnable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Frame
    from nixdive.store.path import StorePath


class Patterns:
    """What patterns match, of some store paths: many patterns are held against many paths in little time.

    Args:
        texts: for each text that patterns are held against the places of the paths that have it.
        packages: the packages of the paths, sorted.
    """

    def __init__(self, texts: Mapping[str, Sequence[int]], packages: Sequence[str]) -> None:
        self._texts = texts
        self.packages = packages
        self._known: dict[str, tuple[int, ...]] = {}

    @classmethod
    def of(cls, paths: Iterable[StorePath]) -> Self:
        """Return what patterns are held against; the places are those of the paths."""
        texts = defaultdict(list)
        packages = set()
        for i, path in enumerate(paths):
            packages.add(path.package)
            for text in pinnable(path):
                texts[text].append(i)
        return cls(texts, sorted(packages))

    def matched(self, pattern: str) -> tuple[int, ...]:
        """Return the places of the paths that a pattern matches, sorted; those of some patterns are kept."""
        found = self._known.get(pattern)
        if found is None:
            literal = not any(special in pattern for special in "*?[")
            texts = {pattern}.intersection(self._texts) if literal else matching(self._texts, pattern)
            found = tuple(sorted({i for text in texts for i in self._texts[text]}))
            if len(found) <= _MATCHED and len(self._known) < _KEPT:
                self._known[pattern] = found
        return found


_KEPT = 1000  # patterns whose paths are kept
_MATCHED = 1000  # paths that are kept for one
# a pin is what people change most, and its closure stays the same
_KNOWN: WeakKeyDictionary[Closure, Patterns] = WeakKeyDictionary()


def patterns_of(closure: Closure) -> Patterns:
    """Return what patterns match of a closure; it is kept as long as the closure is."""
    found = _KNOWN.get(closure)
    if found is None:
        found = _KNOWN[closure] = Patterns.of(closure.paths)
    return found


def claim(closure: Closure, pins: Sequence[Pin], excluded: Collection[int]) -> dict[str, list[int]]:
    """Return the indices that each named layer takes, the layers in the order of their first pins.

    Excluded paths are taken by no pin.

    Raises:
        PinError: a pin matches nothing, or two pins claim one path for two layers.
    """
    taken: dict[int, Pin] = {}
    layers: dict[str, list[int]] = {}
    if not pins:
        return layers
    patterns = patterns_of(closure)
    for pin in pins:
        matched = [i for i in patterns.matched(pin.pattern) if i not in excluded]
        if not matched:
            raise PinError(
                f"pin {pin} matches no store path", hint=_hint(closure, pin, excluded, patterns.packages)
            )
        layer = layers.setdefault(pin.layer, [])
        for i in matched:
            before = taken.setdefault(i, pin)
            if before.layer != pin.layer:
                raise PinError(
                    f"pins {before} and {pin} both claim {closure.paths[i]}",
                    hint="a path belongs to one layer: narrow one of the patterns",
                )
            if before is pin:
                layer.append(i)
    return layers


def _hint(closure: Closure, pin: Pin, excluded: Collection[int], packages: Sequence[str]) -> str | None:
    if any(pin.matches(closure.paths[i]) for i in excluded):
        return "everything that it matches is excluded"
    near = difflib.get_close_matches(pin.pattern, packages, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else None


def as_found(request: PlanRequest, closure: Closure, found: Iterable[Sequence[StorePath]]) -> PlanRequest:
    """Return a request without the pins and frozen layers that layers which were found do not meet.

    A frozen layer has to be one of them, and all that is pinned to a layer together too. Rates of what is not
    there are left out. The label that asks may be a stranger's, or that of an image whose layers were
    rearranged since.

    Args:
        request: what the plan of an image asked for.
        closure: the store paths of the image.
        found: its layers.
    """
    layers = {frozenset(layer): tuple(layer) for layer in found}
    patterns = Patterns.of(closure.paths)
    taken: dict[int, str] = {}  # one layer a path, as a stranger may pin all of them to thousands
    pins, twice = [], set()
    for pin in dict.fromkeys(request.pins):
        places = patterns.matched(pin.pattern)
        pins += [pin] if places else []
        others = {taken.setdefault(i, pin.layer) for i in places} - {pin.layer}
        twice |= {*others, pin.layer} if others else set()
    claimed: defaultdict[str, set[StorePath]] = defaultdict(set)
    for i, name in taken.items():
        claimed[name].add(closure.paths[i])
    met = {name for name, paths in claimed.items() if frozenset(paths) in layers and name not in twice}
    pinned = set().union(*(claimed[name] for name in met))
    return replace(
        request,
        pins=tuple(pin for pin in pins if pin.layer in met),
        rates=tuple(rate for rate in request.rates if patterns.matched(rate[0])),
        frozen=tuple(
            dict.fromkeys(
                layer
                for layer in request.frozen
                if layers.get(frozenset(layer)) == layer and not pinned.intersection(layer)
            )
        ),
    )


_THAW = "thaw the layer on the screen, or take frozen out of the plan file"


def kept(
    closure: Closure,
    frozen: Sequence[Sequence[StorePath]],
    pinned: Mapping[str, Collection[int]],
    excluded: Collection[int],
) -> list[tuple[int, ...]]:
    """Return the indices of each frozen layer, in its order.

    Args:
        closure: the store paths.
        frozen: the layers, path by path.
        pinned: what each pinned layer takes.
        excluded: indices of the paths that go into no layer.

    Raises:
        FrozenError: a path is no longer in the closure, or is excluded, pinned, or frozen twice.
    """
    taken = dict.fromkeys(excluded, "excluded")
    for name, members in pinned.items():
        taken |= dict.fromkeys(members, f"pinned to {name}")
    layers = []
    for layer in frozen:
        for path in layer:
            where = closure.index.get(path)
            why = "no longer in the closure" if where is None else taken.get(where)
            if why is not None:
                raise FrozenError(f"a frozen layer cannot keep {path.name}: it is {why}", hint=_THAW)
        members = tuple(closure.index[path] for path in layer)
        taken |= dict.fromkeys(members, "frozen in another layer")
        layers.append(members)
    return layers


def remarks(
    paths: Iterable[StorePath], request: PlanRequest, carried: int, frame: Frame | None = None
) -> tuple[str, ...]:
    """Return a line for each thing that the user should know.

    Args:
        paths: all that is laid out.
        request: what is asked for.
        carried: how many layers of an earlier plan are carried on, in the image that has most of them.
        frame: the layers of an image that was opened, or None.
    """
    found = []
    if request.rates:
        patterns = Patterns.of(paths)
        for name, _ in request.rates:
            if not patterns.matched(name):
                near = difflib.get_close_matches(name, patterns.packages, n=1)
                meant = f"; did you mean {near[0]}?" if near else ""
                found.append(f"rates: {name} matches no store path{meant}")
    if carried > request.max_layers:
        found.append(
            f"{carried} layers are carried on into a budget of {request.max_layers}: "
            "some are merged, or all are laid out anew where that costs less"
        )
    if frame is not None and request.strategy == "keep":
        there, room = len(frame.found), request.max_layers - frame.count(keep=True)
        if there > room:
            found.append(
                f"{there} layers with store paths were found, and the budget has room for {room}: "
                "those are merged that cost least; --strategy churn lays out all anew"
            )
    return tuple(found)
