"""Small fleets at random."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.layering.fleet.image import FleetImage
from nixdive.store.path import PathGraph, PathInfo, StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LETTERS = "0123456789abcdfghijklmnpqrsvwxyz"


def path(number: int, name: str, release: int = 0) -> StorePath:
    """A store path whose hash changes with the release."""
    draw = random.Random(f"{number} {release}")
    return StorePath(f"/nix/store/{''.join(draw.choices(_LETTERS, k=32))}-{name}-1.{release}")


def image(name: str, infos: Sequence[PathInfo], roots: Iterable[StorePath]) -> FleetImage:
    """An image of roots and all that they need."""
    known = {info.path: info for info in infos}
    held: dict[StorePath, PathInfo] = {}
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if one not in held:
            held[one] = known[one]
            waiting += known[one].references
    return FleetImage(name, Closure.of(PathGraph(name, tuple(held.values()))))


def paths_of(
    sizes: Sequence[int], needs: Sequence[Sequence[int]], changed: Iterable[int] = ()
) -> tuple[PathInfo, ...]:
    """Packages of which each needs some of those before; what changes, changes all that needs it."""
    dirty = set(changed)
    for i, row in enumerate(needs):
        if dirty.intersection(row):
            dirty.add(i)
    names = [path(i, f"package{i}", int(i in dirty)) for i in range(len(sizes))]
    return tuple(
        PathInfo(name, size, tuple(names[target] for target in row))
        for name, size, row in zip(names, sizes, needs, strict=True)
    )


@st.composite
def fleets(draw: st.DrawFn, most: int = 14) -> tuple[FleetImage, ...]:
    """Two to four images over some common packages."""
    count = draw(st.integers(2, most))
    sizes = draw(st.lists(st.integers(1, 10**7), min_size=count, max_size=count))
    needs = [sorted(draw(st.sets(st.integers(0, i - 1), max_size=3))) if i else [] for i in range(count)]
    infos = paths_of(sizes, needs)
    roots = draw(st.lists(st.sets(st.integers(0, count - 1), min_size=1, max_size=3), min_size=2, max_size=4))
    return tuple(
        image(f"image{number}", infos, [infos[i].path for i in sorted(row)])
        for number, row in enumerate(roots)
    )
