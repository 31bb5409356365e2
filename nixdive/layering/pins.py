"""Pins against a closure: which paths each named layer takes."""

from __future__ import annotations

import difflib
from collections import defaultdict
from fnmatch import filter as matching
from typing import TYPE_CHECKING

from nixdive.errors import PinError
from nixdive.layering.request import pinnable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.request import Pin


def claim(closure: Closure, pins: Sequence[Pin], excluded: Collection[int]) -> dict[str, list[int]]:
    """Return the indices that each named layer takes, the layers in the order of their first pins.

    Excluded paths are taken by no pin.

    Raises:
        PinError: a pin matches nothing, or two pins claim one path for two layers.
    """
    taken: dict[int, Pin] = {}
    layers: dict[str, list[int]] = {}
    named = _named(closure) if pins else {}
    for pin in pins:
        matched = [i for i in _matched(named, pin) if i not in excluded]
        if not matched:
            raise PinError(f"pin {pin} matches no store path", hint=_hint(closure, pin, excluded))
        layer = layers.setdefault(pin.layer, [])
        for i in matched:
            before = taken.setdefault(i, pin)
            if before.layer != pin.layer:
                raise PinError(
                    f"pins {before} and {pin} both claim {closure.paths[i]}",
                    hint="a path lies in one layer: narrow one of the patterns",
                )
            if before is pin:
                layer.append(i)
    return layers


def _named(closure: Closure) -> dict[str, list[int]]:
    """Return for each text that pins look at the indices of the paths that have it."""
    named = defaultdict(list)
    for i, path in enumerate(closure.paths):
        for text in pinnable(path):
            named[text].append(i)
    return named


def _matched(named: Mapping[str, list[int]], pin: Pin) -> list[int]:
    literal = not any(special in pin.pattern for special in "*?[")
    texts = {pin.pattern}.intersection(named) if literal else matching(named, pin.pattern)
    return sorted({i for text in texts for i in named[text]})


def _hint(closure: Closure, pin: Pin, excluded: Collection[int]) -> str | None:
    if any(pin.matches(closure.paths[i]) for i in excluded):
        return "all that it matches is excluded"
    near = difflib.get_close_matches(
        pin.pattern, sorted({path.package for path in closure.paths}), n=1, cutoff=0.5
    )
    return f"did you mean {near[0]}?" if near else None
