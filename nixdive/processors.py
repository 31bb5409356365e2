"""Work on all processors: how many there are, and pure Python spread over them."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar, cast

from nixdive.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import ProcessPoolExecutor

C = TypeVar("C")
T = TypeVar("T")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
_common: list[object] = []


def processors() -> int:
    """Return how many processors this process may use."""
    # a container or taskset may allow fewer than the machine has
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Promise(Protocol[R_co]):
    """What will be known."""

    def result(self) -> R_co:
        """Return it, when it is known; raise what kept it from being worked out."""


class Cluster(Protocol):
    """Processes elsewhere.

    Attributes:
        count: how many there are.
    """

    count: int

    def share(self, common: Any) -> Any:
        """Give all of them something; return what stands for it among the arguments of `begin`."""

    def begin(self, work: Callable[..., R], *arguments: Any) -> Promise[R]:
        """Begin some work in one of them."""


_cluster: ContextVar[Cluster | None] = ContextVar("_cluster", default=None)
_one_at_a_time = Lock()


@contextmanager
def spread_over(cluster: Cluster) -> Iterator[None]:
    """Have all work that is spread done by processes elsewhere, as long as this lasts."""
    before = _cluster.set(cluster)
    try:
        yield
    finally:
        _cluster.reset(before)


def workers() -> int:
    """Return how many processes share work that is spread: those elsewhere, or one for each processor."""
    cluster = _cluster.get()
    return processors() if cluster is None else cluster.count


class Spread(Generic[C, T, R]):
    """What becomes of some items, worked out by several processes while this one goes on with other things.

    This process is one of them: once it asks for the results, it works on what the others have not begun,
    from the last item on. Those are started anew: a copy of this one would copy the locks of its threads as
    they are.

    Args:
        work: a function of a module, so that another process finds it.
        common: what all items have in common; each process has one copy, so that what it keeps there for one
            item is there for the next.
        items: what is worked on; the first ones are begun first.
        jobs: processes, this one among them; with 1 all is done here, when the results are asked for. Where
            `spread_over` has named others, these do the work.
    """

    def __init__(
        self,
        work: Callable[[C, T], R],
        common: C,
        items: Sequence[T],
        jobs: int,
    ) -> None:
        self._work, self._common, self._items = work, common, list(items)
        self._pool: ProcessPoolExecutor | None = None
        self._found: list[Promise[R]] = []
        self._begin: Callable[[T], Promise[R]] | None = None
        cluster = _cluster.get()
        if len(items) > 1 and cluster is not None:
            shared = cluster.share(common)
            self._begin = lambda item: cluster.begin(_work_shared, work, shared, item)
        elif len(items) > 1 and jobs > 1:
            from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  they are slow to load
            from multiprocessing import get_context  # noqa: PLC0415

            others = min(jobs, len(items)) - 1
            self._pool = pool = ProcessPoolExecutor(others, get_context("spawn"), _begin, (common,))
            self._begin = lambda item: pool.submit(_work, work, item)
        if self._begin is not None:
            self._found = list(map(self._begin, items))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def add(self, items: Iterable[T]) -> None:
        """Work on more items, in the same processes."""
        for item in items:
            self._items.append(item)
            if self._begin is not None:
                self._found.append(self._begin(item))

    def results(self) -> list[R]:
        """Return them in the order of the items; raise what the first one that failed raised."""
        if self._begin is None:
            return [self._work(self._common, item) for item in self._items]
        if self._pool is not None:
            self._work_along()
        return [one.result() for one in self._found]

    def _work_along(self) -> None:
        """Work on what no process has begun; stop where that fails: one before it may have failed, too."""
        from concurrent.futures import Future  # noqa: PLC0415  as above

        for at in reversed(range(len(self._found))):
            begun = self._found[at]
            if not isinstance(begun, Future) or not begun.cancel():
                continue
            done: Future[R] = Future()
            self._found[at] = done
            try:
                done.set_result(self._work(self._common, self._items[at]))
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001  whatever it is, who asks for the results is told
                done.set_exception(error)
                return


def _begin(common: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked stops the work
    _common[:] = [common]


def _work(work: Callable[[C, T], R], item: T) -> R:
    (common,) = _common
    return work(cast("C", common), item)


def _work_shared(work: Callable[[C, T], R], common: C, item: T) -> R:
    with _one_at_a_time:  # a process elsewhere may have several threads, and what they share is for one
        return work(common, item)
