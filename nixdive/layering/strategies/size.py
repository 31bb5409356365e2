"""`size`: the largest paths have a layer each, the others share one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.strategies import Group, Task, alone_then_rest

if TYPE_CHECKING:
    from collections.abc import Sequence


def size(task: Task) -> Sequence[Group]:
    """Lay out by NAR size, the largest path lowest; among equals by name and hash.

    The idea is that of Guix' `docker-layered` packs (guix/docker.scm).
    """
    sizes = task.closure.nar_sizes
    ranked = sorted(task.closure.ordered(task.free), key=lambda i: -sizes[i])
    return alone_then_rest(task, ranked, lambda i: f"size: {task.closure.paths[i].package}")
