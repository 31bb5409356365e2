"""Layers without compression: each hashed and written at its place by one thread, nothing read twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from itertools import chain, repeat
from threading import Event
from typing import TYPE_CHECKING

from nixdive.errors import Cancelled, MalformedImageError
from nixdive.image.readers.stored import StoredLayer
from nixdive.image.writers.parts import Blob, Slot
from nixdive.image.writers.slot_writer import SlotWriter
from nixdive.progress import Progress, check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nixdive.errors import NixdiveError
    from nixdive.image.sources import Raw

# small enough to stay in a core's cache between reading, hashing and writing
BUFFER = 1 << 18


class Stopping:
    """Progress that is cancelled too when another thread has failed."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._event = Event()

    def start(self, what: str, total: int | None) -> None:
        """Pass it on."""
        self._progress.start(what, total)

    def advance(self, amount: int, part: int | None = None) -> None:
        """Pass it on."""
        self._progress.advance(amount, part)

    def note(self, text: str) -> None:
        """Pass it on."""
        self._progress.note(text)

    def log(self, line: str) -> None:
        """Pass it on."""
        self._progress.log(line)

    def cancelled(self) -> bool:
        """Whether the user, or an error elsewhere, wants the work to stop."""
        return self._event.is_set() or self._progress.cancelled()

    def stop(self) -> None:
        """Make all threads stop at their next check."""
        self._event.set()


def hash_layer(layer: Raw, part: int, slot: Slot | None, progress: Progress) -> Blob:
    """Hash a layer and write it to its place, if it has one."""
    buffer = memoryview(bytearray(BUFFER))
    writer = None if slot is None else SlotWriter(slot)
    first = buffer if writer is None else buffer[: writer.until_page(BUFFER)]
    digest = sha256()
    size = 0
    for block in layer.blocks(partial(next, chain((first,), repeat(buffer)))):
        check(progress)
        digest.update(block)
        if writer is not None:
            writer.write(block)
        size += len(block)
        progress.advance(len(block), part)
    name = f"sha256:{digest.hexdigest()}"
    return Blob(name, name, size, size, "none")


def copied(stored: StoredLayer, part: int, write: Callable[[bytes], None], progress: Progress) -> Blob:
    """Copy a base layer unchanged, checking it against the base image.

    Raises MalformedImageError if digest or diff_id do not match the bytes.
    """
    packed = sha256()
    size = 0

    def tee() -> Iterator[bytes]:
        nonlocal size
        for data in stored.chunks():
            check(progress)
            packed.update(data)
            write(data)
            size += len(data)
            progress.advance(len(data), part)
            yield data

    plain = sha256()
    plain_size = 0
    refused: list[NixdiveError] = []
    for data in stored.tar(tee(), zeros=refused.append):
        plain.update(data)
        plain_size += len(data)
    digest, diff_id = f"sha256:{packed.hexdigest()}", f"sha256:{plain.hexdigest()}"
    if stored.digest not in {None, digest}:
        raise MalformedImageError(f"{stored.where}: its digest is {digest}, not {stored.digest}")
    stored.check(diff_id)
    return Blob(diff_id, digest, size, plain_size, stored.compression, bool(refused))


def write_plain(
    layers: Sequence[Raw | StoredLayer], slots: Sequence[Slot | None], jobs: int, progress: Progress
) -> list[Blob]:
    """Write every layer to its place, the biggest first, several at once.

    The first error stops all threads and is raised.
    """
    stopping = Stopping(progress)

    def one(part: int) -> Blob:
        layer, slot = layers[part], slots[part]
        try:
            if not isinstance(layer, StoredLayer):
                return hash_layer(layer, part, slot, stopping)
            return copied(layer, part, _unwritten if slot is None else SlotWriter(slot).write, stopping)
        except BaseException:
            stopping.stop()
            raise

    order = sorted(range(len(layers)), key=lambda part: (-layers[part].size, part))
    with ThreadPoolExecutor(jobs, "layer") as pool:
        try:
            tasks = {part: pool.submit(one, part) for part in order}
            # a thread that was merely stopped must not hide the error of the one that failed
            failed = [error for task in tasks.values() if (error := task.exception())]
        except BaseException:
            stopping.stop()
            pool.shutdown(cancel_futures=True)
            raise
    if failed:
        raise _cause(failed)
    return [tasks[part].result() for part in range(len(layers))]


def _cause(errors: list[BaseException]) -> BaseException:
    return next((error for error in errors if not _is_stop(error)), errors[0])


def _is_stop(error: BaseException) -> bool:
    return isinstance(error, Cancelled)


def _unwritten(data: bytes) -> None:
    pass
