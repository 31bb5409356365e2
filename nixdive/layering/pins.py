"""Pins against a closure: which paths each named layer takes."""

from __future__ import annotations

import difflib
from collections import defaultdict
from fnmatch import filter as matching
from typing import TYPE_CHECKING, Self

from nixdive.errors import PinError
from nixdive.layering.request import pinnable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.request import Pin
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

    def matched(self, pattern: str) -> list[int]:
        """Return the places of the paths that a pattern matches, sorted."""
        literal = not any(special in pattern for special in "*?[")
        texts = {pattern}.intersection(self._texts) if literal else matching(self._texts, pattern)
        return sorted({i for text in texts for i in self._texts[text]})


def claim(closure: Closure, pins: Sequence[Pin], excluded: Collection[int]) -> dict[str, list[int]]:
    """Return the indices that each named layer takes, the layers in the order of their first pins.

    Excluded paths are taken by no pin.

    Raises:
        PinError: a pin matches nothing, or two pins claim one path for two layers.
    """
    taken: dict[int, Pin] = {}
    layers: dict[str, list[int]] = {}
    patterns = Patterns.of(closure.paths if pins else ())
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
                    hint="a path lies in one layer: narrow one of the patterns",
                )
            if before is pin:
                layer.append(i)
    return layers


def _hint(closure: Closure, pin: Pin, excluded: Collection[int], packages: Sequence[str]) -> str | None:
    if any(pin.matches(closure.paths[i]) for i in excluded):
        return "all that it matches is excluded"
    near = difflib.get_close_matches(pin.pattern, packages, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else None
