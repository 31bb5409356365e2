"""The files of an image, whether they lie in a directory or in a tar: by name, whole or in pieces."""

from __future__ import annotations

import os
import posixpath
import tarfile
import tempfile
import weakref
from typing import TYPE_CHECKING, NamedTuple, Protocol

from nixdive.errors import ImageError, MalformedImageError
from nixdive.progress import NullProgress, check
from nixdive.unpack import sniff, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import FileIO
    from pathlib import Path

    from nixdive.progress import Progress

PIECE = 1 << 20
# a manifest or config beyond this is hostile; registries stop at 4 MiB
_MOST_JSON = 64 << 20
_MOST_MEMBERS = 200_000
_MOST_SPOOL = 1 << 40


class Place(NamedTuple):
    """Where bytes lie in an open file; the file stays open as long as the Files it came from.

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
        """Return the names of all files, as posixpath.normpath leaves them."""

    def size(self, name: str) -> int:
        """Return the bytes of one; raises MalformedImageError where it is missing."""

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield one in pieces of a MiB."""

    def place(self, name: str) -> Place:
        """Return where the bytes of one can be read at any position; raises MalformedImageError."""


class DirectoryFiles:
    """The files below a directory; links that lead out of it are not followed."""

    def __init__(self, path: Path, where: str | None = None) -> None:
        self.where = where or str(path)
        self._root = path.resolve()
        self._open: dict[str, int] = {}
        weakref.finalize(self, _close_all, self._open)

    def names(self) -> frozenset[str]:
        """Return the names of all files."""
        found = (
            os.path.relpath(os.path.join(folder, name), self._root)  # noqa: PTH118  os.walk gives strings
            for folder, _, names in os.walk(self._root)
            for name in names
        )
        return frozenset(found)

    def _path(self, name: str) -> Path:
        path = (self._root / name).resolve()
        if not path.is_relative_to(self._root) or not path.is_file():
            raise MalformedImageError(f"{self.where}: {name} is missing")
        return path

    def size(self, name: str) -> int:
        """Return the bytes of a file."""
        return self._path(name).stat().st_size

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces."""
        with self._path(name).open("rb", buffering=0) as file:
            while data := file.read(PIECE):
                yield data

    def place(self, name: str) -> Place:
        """Return where a file's bytes lie."""
        path = self._path(name)
        try:
            descriptor = self._open.setdefault(name, -1)
            if descriptor < 0:
                descriptor = self._open[name] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            return Place(descriptor, 0, os.fstat(descriptor).st_size)
        except OSError as error:
            raise MalformedImageError(f"{self.where}: {name}: {error.strerror}") from error


def _close_all(descriptors: dict[str, int]) -> None:
    for descriptor in descriptors.values():
        if descriptor >= 0:
            os.close(descriptor)


class TarFiles:
    """The members of a tar; one that is compressed as a whole is unpacked into a temporary file first.

    Args:
        place: the tar, or a descriptor of it, which is closed with this.
        progress: told of the unpacking.
        where: what to call it in messages; None for the path.
    """

    def __init__(self, place: Path | int, progress: Progress, where: str | None = None) -> None:
        self.where = where or str(place)
        try:
            self._descriptor = _plain(place, self.where, progress)
        except OSError as error:
            raise MalformedImageError(f"{self.where}: {error.strerror}") from error
        # closed when the last one who reads from it is gone
        weakref.finalize(self, os.close, self._descriptor)
        self._members: dict[str, tuple[int, int]] = {}
        try:
            with (
                os.fdopen(self._descriptor, "rb", closefd=False) as file,
                tarfile.open(fileobj=file, mode="r:", encoding="utf-8") as tar,
            ):
                for member in tar:
                    self._add(member)
                    tar.members.clear()  # type: ignore[attr-defined]  # the index is all that is kept
        except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
            raise MalformedImageError(
                f"{self.where}: it is no image: {error}",
                hint="expected a docker-archive, an OCI archive or an OCI layout",
            ) from error

    def _add(self, member: tarfile.TarInfo) -> None:
        name = posixpath.normpath(member.name.lstrip("/"))
        if len(self._members) > _MOST_MEMBERS:
            raise MalformedImageError(f"{self.where}: it has more than {_MOST_MEMBERS} members")
        if member.isreg() and not member.issparse():
            self._members[name] = (member.offset_data, member.size)
        elif member.issym() or member.islnk():
            # docker save once wrote repeated layers as links
            folder = posixpath.dirname(name) if member.issym() else ""
            target = posixpath.normpath(posixpath.join(folder, member.linkname))
            if target in self._members:
                self._members[name] = self._members[target]

    def names(self) -> frozenset[str]:
        """Return the names of all members that are files."""
        return frozenset(self._members)

    def _member(self, name: str) -> tuple[int, int]:
        try:
            return self._members[posixpath.normpath(name)]
        except KeyError:
            raise MalformedImageError(f"{self.where}: {name} is missing") from None

    def size(self, name: str) -> int:
        """Return the bytes of a member."""
        return self._member(name)[1]

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a member in pieces."""
        at, left = self._member(name)
        while left:
            data = os.pread(self._descriptor, min(left, PIECE), at)
            if not data:
                raise MalformedImageError(f"{self.where}: it ends in the middle of {name}")
            at += len(data)
            left -= len(data)
            yield data

    def place(self, name: str) -> Place:
        """Return where a member's bytes lie."""
        return Place(self._descriptor, *self._member(name))


def _plain(place: Path | int, where: str, progress: Progress) -> int:
    """Return a descriptor of the uncompressed tar; one that is given is closed."""
    with open(place, "rb", buffering=0) as file:  # noqa: PTH123  a descriptor is no path
        name = sniff(os.pread(file.fileno(), 6, 0))
        if name == "none":
            return os.dup(file.fileno())
        progress.start("unpacking", os.fstat(file.fileno()).st_size)
        plain = unpacked(_told(file, progress), name, lambda cause: MalformedImageError(f"{where}: {cause}"))
        return spooled(plain, where)


def _told(file: FileIO, progress: Progress) -> Iterator[bytes]:
    while data := file.read(PIECE):
        check(progress)
        progress.advance(len(data))
        yield data


def spooled(pieces: Iterable[bytes], where: str) -> int:
    """Return a descriptor of a file without a name that holds the pieces.

    Raises:
        MalformedImageError: they are more than a tebibyte.
        ImageError: there is no room for them.
    """
    try:
        with tempfile.TemporaryFile(buffering=0) as spool:
            for data in pieces:
                spool.write(data)
                if spool.tell() > _MOST_SPOOL:
                    raise MalformedImageError(f"{where}: it unpacks to more than a tebibyte")
            spool.seek(0)
            return os.dup(spool.fileno())
    except OSError as error:
        place = tempfile.gettempdir()
        raise ImageError(
            f"{where}: it cannot be unpacked into {place}: {error.strerror}",
            hint="TMPDIR names a directory with more room",
        ) from error


def files_of(path: Path, progress: Progress = NullProgress(), where: str | None = None) -> Files:  # noqa: B008  it has no state
    """Return the files of an image at a path.

    Args:
        path: a directory, or a tar that may be compressed.
        progress: told of the unpacking, if there is any.
        where: what to call it in messages; None for the path.

    Raises:
        MalformedImageError: there is none.
        Cancelled: the user stopped the unpacking.
    """
    return DirectoryFiles(path, where) if path.is_dir() else TarFiles(path, progress, where)


def whole(files: Files, name: str) -> bytes:
    """Return a small file at once; raises MalformedImageError where it is missing or too big."""
    if files.size(name) > _MOST_JSON:
        raise MalformedImageError(f"{files.where}: {name} is too big")
    return b"".join(files.chunks(name))
