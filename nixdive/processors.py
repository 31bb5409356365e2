"""Work on all processors: how many there are, and pure Python spread over them."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

C = TypeVar("C")
T = TypeVar("T")
R = TypeVar("R")
_common: list[object] = []


def processors() -> int:
    """Return how many processors this process may use."""
    # a container or taskset may allow fewer than the machine has
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(work: Callable[[C, T], R], common: C, items: Sequence[T], jobs: int) -> list[R]:
    """Return what becomes of each item, in the order of the items, worked out by so many processes.

    The processes are started anew: a copy of this one would copy the locks of its threads as they are.

    Args:
        work: a function of a module, so that another process finds it.
        common: what all items have in common; each process has one copy, so that what it keeps there for one
            item is there for the next.
        items: what is worked on; the first ones are begun first.
        jobs: processes; with 1 all is done here.

    Raises:
        Exception: what `work` raises.
    """
    if jobs <= 1 or len(items) <= 1:
        return [work(common, item) for item in items]
    with ProcessPoolExecutor(min(jobs, len(items)), get_context("spawn"), _begin, (common,)) as pool:
        found = [pool.submit(_work, work, item) for item in items]
        try:
            return [one.result() for one in found]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _begin(common: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked stops the work
    _common[:] = [common]


def _work(work: Callable[[C, T], R], item: T) -> R:
    (common,) = _common
    return work(cast("C", common), item)
