"""Processes on other machines: the workers of a dask scheduler, which share work as local processes do."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from importlib import import_module
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from nixdive import __version__
from nixdive.errors import ClusterError, MissingExtraError
from nixdive.processors import spread_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nixdive.processors import Promise

R = TypeVar("R")
SCHEME = "dask://"
_SECONDS = 10  # until a scheduler that does not answer is taken for gone
_WHOLE = 3 * _SECONDS  # it is asked three things
_LOST_WORK = "lost dependencies"  # as the scheduler says that what work needs is gone with its workers
_AGAIN = 3  # times that work is begun anew whose worker is lost


def _distributed() -> Any:
    """Return the library, which is optional, and slow to load."""
    return import_module("distributed")


class _Promised:
    """What a worker will have worked out."""

    def __init__(self, future: Any, address: str) -> None:
        self._future = future
        self._address = address

    def result(self) -> Any:
        """Return it; raise what the work raised, or ClusterError if nobody is left who could do it."""
        dask = _distributed()
        try:
            return self._future.result()
        except dask.KilledWorker as error:
            raise ClusterError(
                f"{self._address}: every worker that was given the same work was lost",
                hint="their logs say why; one that takes too much memory is ended",
            ) from error
        except (dask.client.FutureCancelledError, OSError) as error:
            what = "the workers were" if getattr(error, "reason", "") == _LOST_WORK else "the scheduler was"
            raise ClusterError(
                f"{self._address}: {what} lost before the work was done",
                hint="begin again when they are back, or without --executor on this machine",
            ) from error


class _Dask:
    """The workers of a dask scheduler."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self.count = len(client.scheduler_info(n_workers=-1)["workers"])

    def share(self, common: Any) -> Any:
        # every worker has it, so that losing some loses nothing
        return self._client.scatter(common, broadcast=True, hash=False)

    def begin(self, work: Callable[..., R], *arguments: Any) -> Promise[R]:
        future = self._client.submit(work, *arguments, pure=False, retries=_AGAIN)
        return _Promised(future, self._address)


@contextmanager
def cluster(address: str) -> Iterator[None]:
    """Have all work that is spread done by the workers of a scheduler, as long as this lasts.

    Args:
        address: dask://HOST:PORT.

    Raises:
        MissingExtraError: dask is not installed.
        ClusterError: there is no scheduler, it has no workers, or these have another nixdive.
    """
    try:
        dask = _distributed()
    except ImportError as error:
        raise MissingExtraError("--executor", "distributed", "cluster") from error
    for name in ("distributed", *logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":  # each has a level of its own; what matters is raised
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    place = f"tcp://{address.removeprefix(SCHEME)}"
    try:
        client = _within(_WHOLE, lambda: _client(dask, place))
    except Exception as error:  # whatever comes of what is no scheduler, and may say anything
        raise ClusterError(f"{address}: there is no scheduler", hint="dask scheduler starts one") from error
    with client:
        found = _Dask(client, address)
        if not found.count:
            raise ClusterError(f"{address}: it has no workers", hint=f"dask worker {place} starts one")
        _refuse_others(client, address)
        with spread_over(found):
            yield


def _client(dask: Any, place: str) -> Any:
    """Return a client of a scheduler; one that found none does not try to leave it when it is forgotten.

    That of dask waits for it then, and prints a traceback.
    """

    class Client(dask.Client):  # type: ignore[misc]  # dask comes without types
        def __del__(self) -> None:
            if self.status == "running":
                super().__del__()

    return Client(place, timeout=_SECONDS, set_as_default=False)


def _within(seconds: float, work: Callable[[], R]) -> R:
    """Return what a work gives, or raise what it raises; raise TimeoutError if it takes longer.

    The client of dask waits without end for a port where nobody says anything, whatever its own limit is.
    """
    told: SimpleQueue[tuple[R | None, Exception | None]] = SimpleQueue()

    def run() -> None:
        try:
            told.put((work(), None))
        except Exception as error:  # noqa: BLE001  it is raised again where the work was asked for
            told.put((None, error))

    Thread(target=run, name="scheduler", daemon=True).start()
    try:
        found, error = told.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return found  # type: ignore[return-value]  # the work has ended well


def _refuse_others(client: Any, address: str) -> None:
    """Raise ClusterError where a worker has another nixdive, or none."""
    try:
        versions = set(client.run(_version).values())
    except Exception as error:  # whatever the worker meets that does not have this module
        raise ClusterError(
            f"{address}: its workers have no nixdive that can be used: {error}",
            hint=f"pip install 'nixdive[cluster]=={__version__}' there",
        ) from error
    others = versions - {__version__}
    if others:
        raise ClusterError(f"{address}: its workers have nixdive {min(others)}, and this is {__version__}")


def _version() -> str:
    return __version__
