"""`size`: the largest paths have a layer each, the others share one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from nixdive.layering.strategies import Group, Task, alone_then_rest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure


def size(task: Task) -> Sequence[Group]:
    """Lay out by NAR size, the largest path lowest; among equals by name and hash.

    The idea is that of Guix' `docker-layered` packs (guix/docker.scm).
    """
    free = frozenset(task.free)
    ranked = [i for i in _ranked(task.closure) if i in free]
    return alone_then_rest(task, ranked, lambda i: f"size: {task.closure.paths[i].package}")


_RANKED: WeakKeyDictionary[Closure, Sequence[int]] = WeakKeyDictionary()


def _ranked(closure: Closure) -> Sequence[int]:
    """Return all paths, the largest first; that does not depend on the budget, which changes most."""
    known = _RANKED.get(closure)
    if known is None:
        sizes = closure.nar_sizes
        in_order = closure.ordered(range(len(closure)))
        known = _RANKED[closure] = sorted(in_order, key=lambda i: -sizes[i])
    return known
