"""Blobs on their way to a registry: asked for, mounted or sent, several at once."""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from nixdive.digest import digest_of
from nixdive.errors import RegistryError
from nixdive.image.oci import media
from nixdive.remote.promises import Promises, promised
from nixdive.remote.registry import MOST_CONNECTIONS
from nixdive.remote.repository import WHOLE, BlobToSend
from nixdive.remote.spool import Remade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from types import TracebackType

    from nixdive.progress import Progress
    from nixdive.remote.repository import Repository
    from nixdive.remote.spool import Source

_PATIENCE = 0.05  # seconds between two checks for cancellation
_NO_MOUNT = frozenset({400, 403, 404, 405, 501})  # what registries may answer to a mount that they do not do
_UNKNOWN = frozenset({400, 404})  # what registries answer to a manifest whose blobs they lack


@dataclass(slots=True)
class Tally:
    """What was sent.

    Attributes:
        sent: digests of blobs that were sent.
        mounted: digests of blobs that the registry took from another repository of its own.
        size: bytes of the blobs that were sent.
    """

    sent: set[str]
    mounted: set[str]
    size: int = 0


class Fate(StrEnum):
    """What becomes of a blob."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    MOUNTED = "mounted"
    THERE = "there"


class BlobOnItsWay(NamedTuple):
    """A blob, and how far it is.

    Attributes:
        digest: its digest.
        size: its bytes.
        passed: how many of them were sent.
        fate: what becomes of it.
    """

    digest: str
    size: int
    passed: int
    fate: Fate


class ToPut(NamedTuple):
    """A manifest or an index to put.

    Attributes:
        reference: a tag, or its digest.
        data: its bytes.
        kind: its media type.
    """

    reference: str
    data: bytes
    kind: str = media.MANIFEST


class Shipping:
    """The blobs of one image on their way; used as a context, by one thread.

    Leaving it by an error breaks off what is being sent. Nothing names the blobs in the registry until
    `finish` puts the manifest.

    Args:
        repository: where they go.
        progress: notified of what is sent once `wait` was called, and asked whether to stop.
    """

    def __init__(self, repository: Repository, progress: Progress) -> None:
        self.tally = Tally(set(), set())
        self._repository = repository
        self._progress = progress
        self._promises = Promises()
        self._assumed: set[str] = set()  # taken for there, since a manifest promises it
        self._asked: dict[str, str | None] = {}  # not there; where an upload of it has begun, if one has
        self._going: dict[str, Future[None]] = {}
        self._others: list[Future[Any]] = []
        self._first: Future[str | None] | None = None
        self._earlier: list[tuple[str, Future[set[str]]]] = []
        self._sizes: dict[str, int] = {}
        self._passed: dict[str, int] = {}
        self._here: dict[str, int] = {}  # bytes of the blobs that are not sent
        self._told = False
        self._mounts_itself = True
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(MOST_CONNECTIONS, "push")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._repository.registry.close()
        self._pool.shutdown(cancel_futures=error is not None)

    @property
    def blobs(self) -> tuple[BlobOnItsWay, ...]:
        """All blobs that are known so far, first those that the registry has; from any thread."""
        with self._lock:
            here, sizes, passed = self._here.copy(), self._sizes.copy(), self._passed.copy()
            sent, mounted = self.tally.sent.copy(), self.tally.mounted.copy()

        def fate(digest: str) -> Fate:
            if digest in mounted:
                return Fate.MOUNTED
            if digest in here:
                return Fate.THERE
            if digest in sent:
                return Fate.SENT
            return Fate.SENDING if digest in passed else Fate.WAITING

        known = {**here, **sizes}
        return tuple(BlobOnItsWay(one, known[one], passed.get(one, 0), fate(one)) for one in known)

    def begin(self, earlier: Mapping[str, Sequence[str]]) -> None:
        """Begin to read earlier manifests, and an upload, which tells early if nothing may be sent.

        Args:
            earlier: their references, by repository.
        """
        here = self._repository
        for name, references in earlier.items():
            self._earlier.append((name, self._pool.submit(promised, here.beside(name), references)))
        self._first = self._pool.submit(here.begin_upload)

    def there(self, sizes: Mapping[str, int]) -> set[str]:
        """Return which blobs the registry has; those that a manifest promises are not asked for.

        Args:
            sizes: bytes of the blobs, by digest.

        Raises:
            RegistryError: it cannot be reached, or refuses.
            Cancelled: the user stopped it.
        """
        self._read_promises()
        found = sizes.keys() & self._promises.here
        self._assumed |= found
        asking = {
            digest: self._pool.submit(self._has, digest, size)
            for digest, size in sizes.items()
            if digest not in found
        }
        self._ended(asking.values())
        found |= {digest for digest, answer in asking.items() if answer.result()}
        with self._lock:
            self._here.update({digest: sizes[digest] for digest in found})
        return found

    def send(self, digest: str, size: int, source: Source) -> None:
        """Send a blob in the background, unless the registry has it; the source is closed then.

        Raises:
            RegistryError: sending another one has failed.
        """
        self.check()
        self._read_promises()
        if digest in self._going or digest in self._promises.here:
            if digest in self._promises.here:
                self._assumed.add(digest)
                with self._lock:
                    self._here[digest] = size
            source.close()
            return
        with self._lock:
            self._sizes[digest] = size
        self._going[digest] = self._pool.submit(self._send, digest, size, source)

    def check(self) -> None:
        """Raise what has gone wrong in the background."""
        for going in self._going.values():
            if going.done() and (error := going.exception()) is not None:
                raise error

    def finish(
        self, configs: Sequence[bytes], manifests: Sequence[ToPut], again: Callable[[set[str]], None]
    ) -> None:
        """Send the configs, wait for all blobs, and put the manifests.

        Args:
            configs: of the images, one at least.
            manifests: in the order in which they are put: an index after what it lists.
            again: makes and sends the layers with these digests, which manifests promised in vain.

        Raises:
            RegistryError: the registry cannot be reached, or refuses.
            Cancelled: the user stopped it; the tag is as it was.
        """

        def send_configs() -> None:
            for config in configs:
                self.send(digest_of(config), len(config), Remade(partial(iter, (config,))))

        self._use_first(digest_of(configs[0]))
        send_configs()
        self._wait()
        try:
            self._put(manifests)
        except RegistryError as error:
            gone = self._gone(error)
            if not gone:
                raise
            send_configs()
            again(gone)
            self._wait()
            self._put(manifests)
        self._ended(self._others)

    def _put(self, manifests: Sequence[ToPut]) -> None:
        for one in manifests:
            putting = self._pool.submit(self._repository.put_manifest, one.reference, one.data, one.kind)
            self._ended([putting])
            putting.result()

    def _gone(self, error: RegistryError) -> set[str]:
        """Return the blobs that were promised and are not there; they may be sent now."""
        if error.status not in _UNKNOWN:
            return set()
        asking = {one: self._pool.submit(self._repository.has_blob, one) for one in sorted(self._assumed)}
        self._ended(asking.values())
        gone = {digest for digest, answer in asking.items() if not answer.result()}
        self._promises.take_back(gone)
        with self._lock:
            for digest in gone:
                self._here.pop(digest, None)
        self._asked.update(dict.fromkeys(gone))
        self._assumed -= gone
        return gone

    def _read_promises(self) -> None:
        if not self._earlier:
            return
        self._ended([answer for _, answer in self._earlier])
        if self._first is not None:  # if nothing may be sent, that is said before anything is made
            self._ended([self._first])
        for repository, answer in self._earlier:
            if repository == self._repository.path:
                self._promises.here |= answer.result()
            else:
                self._promises.elsewhere.update(dict.fromkeys(answer.result(), repository))
        self._earlier = []

    def _use_first(self, config: str) -> None:
        """Send the config by the upload that was begun first, or give that up if the config is there."""
        assert self._first is not None  # noqa: S101  `begin` comes before
        self._read_promises()
        self._ended([self._first])
        place = self._first.result()
        if config not in self._promises.here:
            self._asked[config] = place
        elif place is not None:
            self._others.append(self._pool.submit(self._repository.cancel_upload, place))

    def _has(self, digest: str, size: int) -> bool:
        """Whether the registry has a blob, or takes it from another repository; else an upload may begin."""
        source = self._promises.elsewhere.get(digest)
        if source is not None:
            place = self._repository.begin_upload(digest, source)
            if place is None:
                with self._lock:
                    self.tally.mounted.add(digest)
                return True
        elif self._is_new(size):
            # a mount from the repository itself: where the blob is not there, its upload has begun
            try:
                place = self._repository.begin_upload(digest, self._repository.path)
            except RegistryError as error:
                if error.status not in _NO_MOUNT:
                    raise
                self._mounts_itself = False
                return self._has(digest, size)
            if place is None:
                return True
        elif self._repository.has_blob(digest):
            return True
        else:
            place = None
        self._asked[digest] = place
        return False

    def _is_new(self, size: int) -> bool:
        """Whether a blob is hardly there: the repository has an image, which does not promise it.

        A registry that does not mount is sent what it has: no blob that takes longer than a round trip.
        """
        return self._mounts_itself and bool(self._promises.here) and size <= WHOLE

    def _send(self, digest: str, size: int, source: Source) -> None:
        try:
            if digest not in self._asked and self._has(digest, size):
                with self._lock:
                    self._here[digest] = size
                return
            blob = BlobToSend(digest, size, lambda start: self._counted(digest, source, start))
            self._repository.send_blob(blob, self._asked.pop(digest, None))
            with self._lock:
                self.tally.sent.add(digest)
                self.tally.size += size
        finally:
            source.close()

    def _counted(self, digest: str, source: Source, start: int) -> Iterator[bytes]:
        for piece in source.pieces(start):
            self._repository.registry.check()
            yield piece
            start += len(piece)
            with self._lock:
                more = max(start - self._passed.get(digest, 0), 0)
                self._passed[digest] = max(start, self._passed.get(digest, 0))
                if self._told:
                    self._progress.advance(more)

    def _wait(self) -> None:
        """Wait until all is sent, and tell how far it is."""
        going = [(digest, one) for digest, one in self._going.items() if not one.done()]
        with self._lock:
            left = sum(self._sizes[digest] - self._passed.get(digest, 0) for digest, _ in going)
            self._told = True
            if left > 0:
                self._progress.start("sending", left)
        self._ended(self._going.values())
        self.check()
        self._told = False

    def _ended(self, futures: Iterable[Future[Any]]) -> None:
        """Wait for work in the background; the first error is raised."""
        waiting = set(futures)
        while waiting:
            done, waiting = wait(waiting, _PATIENCE, FIRST_EXCEPTION)
            for one in done:
                one.result()
            self._repository.registry.check()
