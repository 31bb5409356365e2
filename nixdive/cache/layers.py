"""The cache: facts about layers by what determines their bytes, and blobs by their digests.

Nothing is locked. Files appear under their names when they are complete, and are only ever replaced or
removed as a whole, so that several processes can use the cache at the same time; a blob that is removed while
somebody reads it is there for them until they have finished. What is read is checked, and what is wrong is
removed: the layer is then made again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Self, TypeAlias
from weakref import finalize

from nixdive.cache.facts import BLOB, FACTS, LayerFacts, blob_name
from nixdive.cache.folder import PART
from nixdive.cache.recording import Recording
from nixdive.cache.room import Room, by_use
from nixdive.progress import NullProgress, Progress, check

if TYPE_CHECKING:
    from types import TracebackType

    from nixdive.cache.folder import Folder, Found

Tell: TypeAlias = Callable[[str], None]

_MOST_FACTS = 1 << 13  # files of at most one block each
_ABANDONED = 24 * 60 * 60 * 10**9  # nanoseconds
_LONGEST = 1 << 12  # bytes of one
_PIECE = 1 << 20  # small enough for a processor's own cache; a smaller one means more waiting between threads


class CachedBlob:
    """An open blob whose digest has been checked.

    Used as a context; otherwise closed with its last reference.

    Attributes:
        facts: the layer that it is.
        descriptor: its file; it is read by position.
    """

    def __init__(self, facts: LayerFacts, descriptor: int) -> None:
        self.facts = facts
        self.descriptor = descriptor
        self._closing = finalize(self, os.close, descriptor)

    @classmethod
    def checked(cls, descriptor: int, facts: LayerFacts, progress: Progress) -> Self | None:
        """Return the blob in a file, or None, and the file closed, if it is not the one that it should be.

        Args:
            descriptor: the file, which belongs to the value.
            facts: the layer that it should be.
            progress: asked whether to stop.

        Raises:
            Cancelled: the user stopped it.
        """
        blob = cls(facts, descriptor)
        try:
            if os.fstat(descriptor).st_size == facts.size:
                right = digest_of_file(descriptor, progress) == facts.digest
            else:
                right = False
        except OSError:  # the disk is damaged
            right = False
        if not right:
            blob.close()
        return blob if right else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._closing()
        self.descriptor = -1


class LayerCache:
    """Layers that were made before; used from any thread.

    No method raises an error of the operating system: a cache that cannot be read is empty, and one that
    cannot be written stays as it is, which is said once.

    Args:
        folder: its files.
        limit: bytes of all blobs together.
        tell: is given a line that the user should know.

    Attributes:
        room: for the blobs.
    """

    def __init__(self, folder: Folder, limit: int, tell: Tell) -> None:
        self.folder = folder
        self.room = Room(folder, BLOB, limit, _outlived)
        self._tell = tell
        self._told: set[str] = set()
        self._lock = Lock()

    def known(self, key: str) -> LayerFacts | None:
        """Return what is known of a layer, whether or not its blob is here.

        Args:
            key: what determines its bytes, as letters and digits.
        """
        data = self.folder.read(key + FACTS, _LONGEST)
        if data is None:
            return None
        facts = LayerFacts.of(data, key)
        if facts is None:
            self.folder.remove(key + FACTS)
        else:
            self.folder.touch(key + FACTS)
        return facts

    def opened(self, key: str, progress: Progress = NullProgress()) -> CachedBlob | None:  # noqa: B008  stateless
        """Return the blob of a layer, read once and checked; None if it is not here, or damaged.

        Raises:
            Cancelled: the user stopped it.
        """
        facts = self.known(key)
        if facts is None:
            return None
        name = blob_name(facts.digest)
        descriptor = self.folder.opened(name)
        if descriptor is None:
            return None
        blob = CachedBlob.checked(descriptor, facts, progress)
        if blob is None:
            self.folder.remove(name)
            self.tell("a layer in the cache was damaged; it is made again")
        else:
            self.room.use(name)
        return blob

    def holds(self, facts: LayerFacts) -> bool:
        """Whether the blob of a layer seems to be here: its file has the right size, and is not read."""
        return self.folder.size(blob_name(facts.digest)) == facts.size

    def recording(self) -> Recording:
        """Return what takes the blob of a layer that is being made."""
        return Recording(self)

    def learn(self, key: str, facts: LayerFacts) -> None:
        """Keep what is known of a layer, without its blob."""
        try:
            self.room.look()
            self.folder.save(key + FACTS, facts.data(key))
        except OSError as error:
            self.refuse(error)

    def forget(self, key: str) -> None:
        """Remove what is known of a layer."""
        self.folder.remove(key + FACTS)

    def refuse(self, error: OSError) -> None:
        """Say once that the cache cannot be written."""
        self.tell(f"the cache is not written: {self.folder.place}: {error.strerror}")

    def tell(self, text: str) -> None:
        """Say something, unless it was said before."""
        with self._lock:
            new = text not in self._told
            self._told.add(text)
        if new:
            self._tell(text)


def _outlived(files: list[Found]) -> list[Found]:
    """Return the facts that are too many, and what is left over."""
    return [*by_use(files, FACTS)[:-_MOST_FACTS], *left_over(files)]


def left_over(files: list[Found]) -> list[Found]:
    """Return the files that a process which was killed has left unfinished."""
    return [one for one in files if one.name.endswith(PART) and time.time_ns() - one.used > _ABANDONED]


def digest_of_file(descriptor: int, progress: Progress) -> str:
    """Return the digest of a whole file, read by position.

    Raises:
        OSError: it cannot be read.
        Cancelled: the user stopped it.
    """
    hashed, view, at = sha256(), memoryview(bytearray(_PIECE)), 0
    while count := os.preadv(descriptor, [view], at):
        check(progress)
        hashed.update(view[:count])
        at += count
    return f"sha256:{hashed.hexdigest()}"
