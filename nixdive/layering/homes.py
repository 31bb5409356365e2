"""Where the paths of a new version lay in an earlier one."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from nixdive.layering.lineages import lineages
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

T = TypeVar("T")

_NUMBER = re.compile(r"\d+(?:\.\d+)*")


def names_of(
    paths: Iterable[StorePath], layers: Sequence[Sequence[StorePath]]
) -> tuple[tuple[str, ...], ...]:
    """Return the layers by the names that stay: lineages, with a number behind those that repeat.

    Args:
        paths: all paths of the version.
        layers: which of them lie in each layer.
    """
    everyone = list(paths)
    named = dict(zip(everyone, lineages(everyone), strict=True))
    return tuple(tuple(named[path] for path in layer) for layer in layers)


class Home(NamedTuple):
    """Where a path lay.

    Attributes:
        layer: the number of the layer.
        place: its place there.
    """

    layer: int
    place: int


def homes(paths: Sequence[StorePath], layers: Sequence[Sequence[str]]) -> dict[int, Home]:
    """Return for each path that was there before where it lay; the paths by their places.

    A path is the same if it is the same store path, else if it has the same lineage, else if it is the only
    one of its name but for the numbers in it: after libpoppler126 comes libpoppler140.

    Args:
        paths: those of the new version.
        layers: what lay in each layer: store paths, or what `names_of` gives.
    """
    left = {name: Home(layer, at) for layer, names in enumerate(layers) for at, name in enumerate(names)}
    index = {str(path): i for i, path in enumerate(paths)}
    found = {index[name]: home for name, home in left.items() if name in index}
    named = lineages(paths)
    stored = [StorePath(name) for name in left if name.startswith("/")]
    old = {name: home for name, home in left.items() if not name.startswith("/")} | {
        name: left[path] for name, path in zip(lineages(stored), stored, strict=True) if path not in index
    }
    found |= {i: old.pop(name) for i, name in enumerate(named) if i not in found and name in old}
    gone = _without_numbers(old)
    new = _without_numbers({name: i for i, name in enumerate(named) if i not in found})
    return found | {new[name]: home for name, home in gone.items() if name in new}


def _without_numbers(named: Mapping[str, T]) -> dict[str, T]:
    """Return what is named by what is left of the name without its numbers, where that is one only."""
    short = {name: _NUMBER.sub("0", name) for name in named}
    often = Counter(short.values())
    return {short[name]: value for name, value in named.items() if often[short[name]] == 1}
