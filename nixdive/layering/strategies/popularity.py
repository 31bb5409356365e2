"""`popularity`: what dockerTools did from 2018 to 2025; the paths most used by others have a layer each."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from nixdive.closure.closure import ways
from nixdive.closure.reach import reach
from nixdive.layering.strategies import Group, Task, alone_then_rest
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.store.path import StorePath


_RANKED: WeakKeyDictionary[Closure, tuple[int, ...]] = WeakKeyDictionary()


def popularity(task: Task) -> Sequence[Group]:
    """Lay out as nixpkgs' `popularity_contest` and `limit_layers` do: same layers, same order.

    The popularity is that in the whole closure: pinned and excluded paths count there too.
    """
    closure, free = task.closure, frozenset(task.free)
    ranked = [i for i in _ranked(closure) if i in free]
    return alone_then_rest(
        task, ranked, lambda i: f"used directly by {counted(len(closure.referrers[i]), 'path')}"
    )


def _ranked(closure: Closure) -> Sequence[int]:
    """Return all paths, the most popular first; that does not depend on the budget, which changes most."""
    known = _RANKED.get(closure)
    if known is None:
        scores = closure.ways
        order = sorted(range(len(closure)), key=lambda i: (-scores[i], tie(closure.paths[i])))
        known = _RANKED[closure] = tuple(order)
    return known


def tie(path: StorePath) -> str:
    """The order of equally popular paths: the name, a dash, then the directory and the hash."""
    return f"{path.name}-{path.store_dir}/{path.hash_part}"


def contest(rows: Sequence[Sequence[int]]) -> list[int]:
    """Return how popular each path is.

    nixpkgs (references-by-popularity/closure-graph.py) walks the graph as if it were a tree. The same
    number in closed form: the sum, over the path itself and all that need it, of the ways to it from a root.

    Args:
        rows: for each path what it refers to, as indices, all below its own.
    """
    above: list[list[int]] = [[] for _ in rows]
    for i, row in enumerate(rows):
        for target in row:
            above[target].append(i)
    downwards = range(len(rows))[::-1]
    return reach(above, downwards, ways(rows, downwards))[0]
