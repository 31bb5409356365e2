"""Work on all processors: how many there are, and pure Python spread over them."""

from __future__ import annotations

import os
import signal
from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar, cast

from nixdive.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

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
    they are. Each is looked after by a thread, which waits for it to start, and gives it one item at a time.

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
        self._work, self._common = work, common
        self._found: list[Promise[R]] = []
        self._left: deque[tuple[T, Future[R]]] = deque()  # what no process has begun
        self._more = Condition()
        self._closed = False
        cluster = _cluster.get() if len(items) > 1 else None
        self._elsewhere: Callable[[T], Promise[R]] | None = None
        if cluster is not None:
            shared = cluster.share(common)
            self._elsewhere = lambda item: cluster.begin(_work_shared, work, shared, item)
        self.add(items)
        others = min(jobs, len(items)) - 1 if cluster is None else 0
        self._threads = [Thread(target=self._look_after, daemon=True) for _ in range(others)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._more:
            self._closed = True
            self._left.clear()
            self._more.notify_all()
        for thread in self._threads:
            thread.join()

    def add(self, items: Iterable[T]) -> None:
        """Work on more items, in the same processes."""
        if self._elsewhere is not None:
            self._found += map(self._elsewhere, items)
            return
        from concurrent.futures import Future  # noqa: PLC0415  slow to load

        asked: list[tuple[T, Future[R]]] = [(item, Future()) for item in items]
        with self._more:
            self._found += (found for _, found in asked)
            self._left += asked
            self._more.notify_all()

    def results(self) -> list[R]:
        """Return them in the order of the items; raise what the first one that failed raised."""
        while (one := self._taken(last=bool(self._threads))) is not None:
            item, found = one
            try:
                found.set_result(self._work(self._common, item))
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001  whatever it is, who asks for the results is told
                found.set_exception(error)
                break  # one before it may have failed, too
        return [one.result() for one in self._found]

    def _taken(self, *, last: bool) -> tuple[T, Future[R]] | None:
        with self._more:
            if not self._left:
                return None
            return self._left.pop() if last else self._left.popleft()

    def _look_after(self) -> None:
        """Give another process what nobody has begun, one item after the other."""
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  as above
        from multiprocessing import get_context  # noqa: PLC0415

        # the next item waits here, where this process can take it, too: a pool of more would begin it early
        with ProcessPoolExecutor(1, get_context("spawn"), _begin, (self._common,)) as other:
            while not self._closed:
                if (one := self._taken(last=False)) is None:
                    with self._more:
                        self._more.wait_for(lambda: self._left or self._closed)
                    continue
                item, found = one
                try:
                    found.set_result(other.submit(_work, self._work, item).result())
                except BaseException as error:  # noqa: BLE001  it is of the other process
                    found.set_exception(error)


def _begin(common: object) -> None:
    from multiprocessing.util import Finalize  # noqa: PLC0415  as above

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked stops the work
    Finalize(None, os._exit, (0,), exitpriority=-100)  # last: nobody waits until all values are taken apart
    _common[:] = [common]


def _work(work: Callable[[C, T], R], item: T) -> R:
    (common,) = _common
    return work(cast("C", common), item)


def _work_shared(work: Callable[[C, T], R], common: C, item: T) -> R:
    with _one_at_a_time:  # a process elsewhere may have several threads, and what they share is for one
        return work(common, item)
