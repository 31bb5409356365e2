"""Work on all processors: how many there are, and pure Python spread over them."""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from collections import deque
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar, cast

from nixdive.errors import Cancelled, NixdiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from multiprocessing.connection import Connection

C = TypeVar("C")
T = TypeVar("T")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


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
    Where none can be started, this process does all.

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
        self._others: list[_Other] = []
        self._threads: list[Thread] = []
        cluster = _cluster.get() if len(items) > 1 else None
        self._elsewhere: Callable[[T], Promise[R]] | None = None
        if cluster is not None:
            shared = cluster.share(common)
            self._elsewhere = lambda item: cluster.begin(_work_shared, work, shared, item)
        self.add(items)
        if cluster is None and (others := min(jobs, len(items)) - 1) > 0:
            try:
                self._start(others, pickle.dumps(common))  # before anybody works on it
            except BaseException:
                self.__exit__()
                raise

    def _start(self, others: int, copy: bytes) -> None:
        with suppress(OSError, ImportError, NotImplementedError):  # this process does what is left
            for _ in range(others):
                self._others.append(other := _Other())
                thread = Thread(target=self._look_after, args=(other, copy), daemon=True)
                thread.start()
                self._threads.append(thread)  # only one that runs is waited for

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._more:
            self._closed = True
            self._left.clear()
            self._more.notify_all()
            for other in self._others:
                other.end()  # nobody wants what it may still be working on
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
        while (one := self._taken()) is not None:
            item, found = one
            try:
                found.set_result(self._work(self._common, item))
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001  whatever it is, who asks for the results is told
                found.set_exception(error)
                if not self._threads:
                    break
        return [one.result() for one in self._found]

    def _taken(self) -> tuple[T, Future[R]] | None:
        """Return what this process works on next, if anything is left."""
        with self._more:
            if not self._left:
                return None
            return self._left.pop() if self._threads else self._left.popleft()

    def _awaited(self) -> tuple[T, Future[R]] | None:
        """Return what another process works on next, as soon as there is something; None at the end."""
        with self._more:
            self._more.wait_for(lambda: self._left or self._closed)
            return self._left.popleft() if self._left else None

    def _look_after(self, other: _Other, copy: bytes) -> None:
        """Give another process what nobody has begun, one item after the other."""
        with other:
            if not other.has(copy):
                return
            while (one := self._awaited()) is not None:
                item, found = one
                try:
                    found.set_result(other.result(self._work, item))
                except BaseException as error:  # noqa: BLE001  it is of the other process
                    found.set_exception(error)


class _Other:
    """Another process, which begins to start; it ends when nobody listens to it any more.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self) -> None:
        from multiprocessing import get_context, resource_tracker  # noqa: PLC0415  slow to load

        context = get_context("spawn")
        resource_tracker.ensure_running()  # unblocks the signal
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_work_elsewhere, args=(there,), daemon=True)
        # ctrl+c must not reach the process before it can leave that to this one
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        except BaseException:
            self._pipe.close()
            raise
        finally:
            there.close()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self.end()
        self._process.join()

    def has(self, copy: bytes) -> bool:
        """Give it what is in common, pickled; return whether it is ready to work then."""
        return self._answered(copy) is not None

    def result(self, work: Callable[[Any, T], R], item: T) -> R:
        """Return what becomes of an item; raise what the work raised, with a note of where."""
        answer = self._answered(pickle.dumps((work, item)))
        if answer is None:
            raise NixdiveError("a process that worked on a part of it was ended from outside")
        result, error = answer
        if error is not None:
            raise error
        return cast("R", result)

    def _answered(self, question: bytes) -> Any:
        """Return what it says to something that is pickled; None where it has ended."""
        with suppress(EOFError, OSError):
            self._pipe.send_bytes(question)
            return self._pipe.recv()
        return None

    def end(self) -> None:
        """End it, whatever it does; from any thread."""
        self._process.kill()


def _work_elsewhere(pipe: Connection) -> None:
    """Take what is in common, and answer each pair of work and item, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked stops the work
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    with suppress(EOFError, OSError):
        common = pipe.recv()
        pipe.send(True)
        while True:
            work, item = pipe.recv()
            pipe.send_bytes(_answer(work, common, item))
    os._exit(0)  # nobody waits until all values are taken apart


def _answer(work: Callable[[C, T], R], common: C, item: T) -> bytes:
    """Return, pickled, what becomes of an item, and no error; or nothing, and the error."""
    try:
        return pickle.dumps((work(common, item), None))
    except Exception as error:
        where = traceback.format_exc()
        for told in (error, RuntimeError(repr(error))):  # not every error can be pickled
            told.add_note(where)
            with suppress(Exception):
                return pickle.dumps((None, told))
        raise


def _work_shared(work: Callable[[C, T], R], common: C, item: T) -> R:
    with _one_at_a_time:  # a process elsewhere may have several threads, and what they share is for one
        return work(common, item)
