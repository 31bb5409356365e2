"""The sources of a layer's bytes: store paths, an existing tar, or a blob of a base image."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from nixdive import there
from nixdive.errors import UnreadablePathError
from nixdive.image.readers.stored import StoredLayer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Raw(Protocol):
    """An uncompressed layer tar."""

    @property
    def size(self) -> int:
        """Bytes of the tar."""

    def blocks(self, take: Callable[[], memoryview]) -> Iterator[memoryview]:
        """Yield it in pieces as long as the buffers that `take` gives; the last may be shorter."""


@dataclass(frozen=True, slots=True)
class TarFile:
    """An existing layer tar, passed through byte for byte.

    Attributes:
        path: the tar.
        size: its bytes.
    """

    path: Path
    size: int

    @classmethod
    def of(cls, path: Path) -> TarFile:
        """Return the layer; raises UnreadablePathError if there is no such file, or no regular one."""
        with there.reading(path, UnreadablePathError), there.opened(path) as file:
            return cls(path, os.fstat(file.fileno()).st_size)

    @property
    def stored(self) -> StoredLayer:
        """The layer as a reader of layers takes it."""
        return StoredLayer.in_file(self.path)

    def blocks(self, take: Callable[[], memoryview]) -> Iterator[memoryview]:
        """Yield the file in pieces."""
        done = 0
        try:
            with there.opened(self.path) as file:
                while done <= self.size and (count := _fill(file.readinto, view := take())):
                    done += count
                    yield view[:count]
        except OSError as error:
            raise UnreadablePathError(f"{self.path}: {error.strerror}") from error
        if done != self.size:
            raise UnreadablePathError(f"{self.path}: its size changed while it was read")


def _fill(read: Callable[[memoryview], int | None], view: memoryview) -> int:
    done = 0
    while done < len(view) and (count := read(view[done:])):
        done += count
    return done


@dataclass(frozen=True, slots=True)
class Repacked:
    """A base layer whose compression the target does not support, uncompressed.

    Attributes:
        stored: the layer.
        size: bytes of its tar.
    """

    stored: StoredLayer
    size: int

    @classmethod
    def of(cls, stored: StoredLayer) -> Repacked:
        """Return the layer; it is read once to learn its size."""
        return cls(stored, stored.tar_size())

    def blocks(self, take: Callable[[], memoryview]) -> Iterator[memoryview]:
        """Yield the uncompressed tar in pieces; raises MalformedImageError if it is not what was stated."""
        view = take()
        at = 0
        whole = sha256()
        for data in self.stored.tar():
            whole.update(data)
            done = 0
            while done < len(data):
                count = min(len(data) - done, len(view) - at)
                view[at : at + count] = data[done : done + count]
                at += count
                done += count
                if at == len(view):
                    yield view
                    view = take()
                    at = 0
        self.stored.check(f"sha256:{whole.hexdigest()}")
        if at:
            yield view[:at]
