"""Blobs that wait to be sent: small ones in memory, as far as there is room, others in a temporary file."""

from __future__ import annotations

import os
import tempfile
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Protocol

from nixdive.errors import WriteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nixdive.image.sources import Raw

_MOST_EACH = 4 << 20  # bytes of a blob in memory
_MOST_TOGETHER = 64 << 20  # bytes of all of them
_PIECE = 1 << 18


class Source(Protocol):
    """The bytes of a blob to be sent; read by one thread at a time."""

    def pieces(self, start: int) -> Iterator[bytes]:
        """Yield them from a position on; called as often as sending is tried."""

    def close(self) -> None:
        """They are not needed any more."""


class Room:
    """The memory that blobs share; used by several threads."""

    def __init__(self) -> None:
        self._left = _MOST_TOGETHER
        self._lock = Lock()

    def take(self, count: int) -> bool:
        """Take so many bytes, if they are there."""
        with self._lock:
            if self._left < count:
                return False
            self._left -= count
            return True

    def give(self, count: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self._left += count


class Spool:
    """One blob: written from front to back by one thread, then read by another.

    Args:
        room: the memory that it shares.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._held = 0
        self._data: list[bytes] = []
        self._file: BinaryIO | None = None

    def write(self, data: bytes) -> None:
        """Write more of it; raises WriteError if the temporary directory is full."""
        fits = self._file is None and self._held + len(data) <= _MOST_EACH and self._room.take(len(data))
        if fits:
            self._held += len(data)
            self._data.append(data)
            return
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="nixdive-")  # noqa: SIM115  `close` closes it
                self._file.writelines(self._data)
                self._free()
            self._file.write(data)
        except OSError as error:
            hint = "free some space there, or name another directory in TMPDIR"
            raise WriteError(f"{tempfile.gettempdir()}: {error.strerror}", hint=hint) from error

    def pieces(self, start: int) -> Iterator[bytes]:
        """Yield it from a position on."""
        if self._file is not None:
            self._file.flush()
            yield from file_pieces(self._file.fileno(), start)
            return
        for data in self._data:
            if start < len(data):
                yield data[start:] if start else data
            start = max(start - len(data), 0)

    def close(self) -> None:
        """Forget it."""
        self._free()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _free(self) -> None:
        self._room.give(self._held)
        self._held = 0
        self._data = []


class OpenFile:
    """A blob in an open file, which is read by position.

    Args:
        descriptor: of the file, which belongs to this value from now on.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def pieces(self, start: int) -> Iterator[bytes]:
        """Yield it from a position on."""
        return file_pieces(self._descriptor, start)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class Remade:
    """A blob that is made anew each time it is read.

    Args:
        make: yields it in pieces.
    """

    def __init__(self, make: Callable[[], Iterable[bytes]]) -> None:
        self._make = make

    @classmethod
    def of_tar(cls, layer: Raw) -> Remade:
        """Return a layer that is not compressed: its tar, from the files."""

        def make() -> Iterator[bytes]:
            buffer = memoryview(bytearray(_PIECE))
            return map(bytes, layer.blocks(lambda: buffer))

        return cls(make)

    def pieces(self, start: int) -> Iterator[bytes]:
        """Yield it from a position on."""
        for piece in self._make():
            if start < len(piece):
                yield piece[start:] if start else piece
            start = max(start - len(piece), 0)

    def close(self) -> None:
        """Do nothing."""


def file_pieces(descriptor: int, start: int) -> Iterator[bytes]:
    """Yield a file from a position on."""
    while data := os.pread(descriptor, _PIECE, start):
        yield data
        start += len(data)
