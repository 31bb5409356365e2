"""Work on all processors: how many there are, and pure Python spread over them."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Generic, Self, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future, ProcessPoolExecutor

C = TypeVar("C")
T = TypeVar("T")
R = TypeVar("R")
_common: list[object] = []


def processors() -> int:
    """Return how many processors this process may use."""
    # a container or taskset may allow fewer than the machine has
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Spread(Generic[C, T, R]):
    """What becomes of some items, worked out by several processes while this one goes on with other things.

    The processes are started anew: a copy of this one would copy the locks of its threads as they are.

    Args:
        work: a function of a module, so that another process finds it.
        common: what all items have in common; each process has one copy, so that what it keeps there for one
            item is there for the next.
        items: what is worked on; the first ones are begun first.
        jobs: processes; with 1 all is done here, when the results are asked for.
    """

    def __init__(self, work: Callable[[C, T], R], common: C, items: Sequence[T], jobs: int) -> None:
        self._work, self._common, self._items = work, common, list(items)
        self._pool: ProcessPoolExecutor | None = None
        self._found: list[Future[R]] = []
        if jobs > 1 and len(items) > 1:
            from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  they are slow to load
            from multiprocessing import get_context  # noqa: PLC0415

            jobs = min(jobs, len(items))
            self._pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (common,))
            self._found = [self._pool.submit(_work, work, item) for item in items]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def add(self, items: Iterable[T]) -> None:
        """Work on more items, in the same processes."""
        for item in items:
            self._items.append(item)
            if self._pool is not None:
                self._found.append(self._pool.submit(_work, self._work, item))

    def results(self) -> list[R]:
        """Return them in the order of the items; raise what the first one that failed raised."""
        if self._pool is None:
            return [self._work(self._common, item) for item in self._items]
        return [one.result() for one in self._found]


def _begin(common: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked stops the work
    _common[:] = [common]


def _work(work: Callable[[C, T], R], item: T) -> R:
    (common,) = _common
    return work(cast("C", common), item)
