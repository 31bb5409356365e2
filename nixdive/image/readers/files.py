"""The files of an image: by name, whole or in pieces; and those in a directory."""

from __future__ import annotations

import os
import stat
import weakref
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Protocol

from nixdive import there
from nixdive.bounds import most, over
from nixdive.errors import MalformedImageError

if TYPE_CHECKING:
    from collections.abc import Iterator


PIECE = 1 << 20
# at the top of every image; without one of them all that a directory holds is not worth a look
_DOCUMENTS = ("manifest.json", "index.json", "oci-layout", "repositories")


class Place(NamedTuple):
    """A range of bytes in an open file; the file stays open as long as the Files it came from.

    Attributes:
        descriptor: of the file.
        offset: where the bytes begin in it.
        size: how many there are.
    """

    descriptor: int
    offset: int
    size: int


class Files(Protocol):
    """Named files that can be read at any place."""

    where: str

    def names(self) -> frozenset[str]:
        """Return the names of all files, normalised by posixpath.normpath."""

    def size(self, name: str) -> int:
        """Return the bytes of a file; raises MalformedImageError if it is missing."""

    def head(self, name: str, count: int) -> bytes:
        """Return the first bytes of a file, no more than asked for; raises MalformedImageError."""

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces of 1 MiB."""

    def place(self, name: str) -> Place:
        """Return where the bytes of a file can be read at any position; raises MalformedImageError."""


class DirectoryFiles:
    """The files below a directory; links that lead out of it are not followed."""

    def __init__(self, path: Path, where: str | None = None) -> None:
        self.where = where or str(path)
        self._root = Path(there.resolved(path, MalformedImageError, where))
        self._open: dict[str, int] = {}
        weakref.finalize(self, close_all, self._open)

    def names(self) -> frozenset[str]:
        """Return the names of all files; without a document of an image, of those at the top."""
        deep = any(os.path.lexists(self._root / name) for name in _DOCUMENTS)

        def raised(error: OSError) -> NoReturn:
            raise MalformedImageError(f"{error.filename}: {error.strerror}") from error

        found = (
            os.path.relpath(os.path.join(folder, name), self._root)  # noqa: PTH118  os.walk gives strings
            for folder, _, names in islice(os.walk(self._root, onerror=raised), None if deep else 1)
            for name in names
        )
        return frozenset(found)

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise MalformedImageError(f"{self.where}: {name}: {error.strerror}") from error

    def _path(self, name: str) -> Path:
        path = Path(os.path.realpath(self._root / name.partition("\0")[0]))
        with self._told(name), suppress(FileNotFoundError, NotADirectoryError):
            if path.is_relative_to(self._root) and "\0" not in name and stat.S_ISREG(path.stat().st_mode):
                return path
        raise MalformedImageError(f"{self.where}: {name} is missing")

    def size(self, name: str) -> int:
        """Return the bytes of a file."""
        path = self._path(name)
        with self._told(name):
            return path.stat().st_size

    def head(self, name: str, count: int) -> bytes:
        """Return the first bytes of a file."""
        path = self._path(name)
        with self._told(name), there.opened(path) as file:
            return file.read(count)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces."""
        path = self._path(name)
        with self._told(name), there.opened(path) as file:
            while data := file.read(PIECE):
                yield data

    def place(self, name: str) -> Place:
        """Return the range of a file's bytes."""
        path = self._path(name)
        with self._told(name):
            descriptor = self._open.get(name)
            if descriptor is None:
                with there.opened(path) as file:
                    descriptor = self._open[name] = os.dup(file.fileno())
            return Place(descriptor, 0, os.fstat(descriptor).st_size)


def close_all(descriptors: dict[str, int]) -> None:
    """Close the descriptor that files were read from."""
    for descriptor in descriptors.values():
        os.close(descriptor)


def whole(files: Files, name: str) -> bytes:
    """Return a small file at once; raises MalformedImageError if it is missing or too big."""
    if files.size(name) > most("document"):
        raise MalformedImageError(f"{files.where}: {name}: {over('document', 'it is larger than {}')}")
    return b"".join(files.chunks(name))
