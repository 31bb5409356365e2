"""Store paths inside an uncompressed tar, in memory or in a file: found by its headers, read in place."""

from __future__ import annotations

import io
import os
import tarfile
from bisect import bisect_left
from typing import TYPE_CHECKING, cast

from nixdive.contents.entry import FileEntry, Kind
from nixdive.errors import MalformedImageError, UnreadablePathError

if TYPE_CHECKING:
    from typing import BinaryIO

    from _typeshed import WriteableBuffer as Buffer

    from nixdive.store.path import StorePath

# more than any image has, few enough to hold
_MOST_ENTRIES = 5_000_000
_NO_PARENT_MODE = 0o555  # what Nix gives every directory of its store


class ArchiveContents:
    """The files of store paths inside a tar (ustar, PAX or GNU).

    Names may begin with a slash, with ./ or with neither. Where a name comes twice, the last one holds; hard
    links become files.

    Args:
        archive: the tar's bytes, or a file of them that has a descriptor and stays open.
        name: what to call the archive in messages.

    Raises:
        MalformedImageError: it is no tar, or one whose names leave its root.
    """

    def __init__(self, archive: bytes | BinaryIO, name: str = "archive") -> None:
        self._archive = archive
        self._entries = _index(archive, name)
        self._order = sorted(self._entries)

    def has(self, path: StorePath) -> bool:
        """Whether the archive has the store path."""
        return _components(path.encode()) in self._entries

    def entries(self, path: StorePath) -> list[FileEntry]:
        """Return the store path and everything below it, in the order of nixpkgs' layer tars."""
        top = _components(path.encode())
        if top not in self._entries:
            raise UnreadablePathError(f"{path}: it is not in the archive")
        found = []
        for key in self._order[bisect_left(self._order, top) :]:
            if key[: len(top)] != top:
                break
            found.append(self._entries[key])
        return found

    def open(self, entry: FileEntry) -> BinaryIO:
        """Open a file's data, unbuffered."""
        assert isinstance(entry.source, int)  # noqa: S101  the entry is of this kind of contents
        if isinstance(self._archive, bytes):
            return io.BytesIO(self._archive[entry.source : entry.source + entry.size])
        return cast("BinaryIO", _Window(self._archive.fileno(), entry.source, entry.size))


class _Window(io.RawIOBase):
    """A part of a file, read by position, so that threads can share the descriptor."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._at = start
        self._end = start + size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        room = min(len(view), self._end - self._at)
        count = os.preadv(self._descriptor, [view[:room]], self._at) if room else 0
        self._at += count
        return count


def _components(name: bytes) -> tuple[str, ...]:
    text = name.decode("utf-8", "surrogateescape")
    return tuple(part for part in text.split("/") if part not in {"", "."})


def _index(archive: bytes | BinaryIO, name: str) -> dict[tuple[str, ...], FileEntry]:
    entries: dict[tuple[str, ...], FileEntry] = {}
    file = io.BytesIO(archive) if isinstance(archive, bytes) else archive
    try:
        with tarfile.open(fileobj=file, mode="r:", encoding="utf-8", errors="surrogateescape") as tar:
            for member in tar:
                if len(entries) >= _MOST_ENTRIES:
                    raise MalformedImageError(f"{name}: it has more than {_MOST_ENTRIES} entries")
                _add(entries, member, name)
                tar.members.clear()  # type: ignore[attr-defined]  # the index is all that is kept
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise MalformedImageError(f"{name}: it is no tar that can be read: {error}") from error
    return entries


def _add(entries: dict[tuple[str, ...], FileEntry], member: tarfile.TarInfo, name: str) -> None:
    key = _components(member.name.encode("utf-8", "surrogateescape"))
    if ".." in key:
        raise MalformedImageError(f"{name}: the name {member.name!r} leaves its root")
    if len(key) < 3 or key[:2] != ("nix", "store"):
        return
    for depth in range(3, len(key)):
        parent = key[:depth]
        if parent not in entries:
            entries[parent] = FileEntry(_name(parent), Kind.DIRECTORY, _NO_PARENT_MODE)
    mode = member.mode & 0o7777
    if member.isdir():
        entries[key] = FileEntry(_name(key), Kind.DIRECTORY, mode)
    elif member.issym():
        target = member.linkname.encode("utf-8", "surrogateescape")
        entries[key] = FileEntry(_name(key), Kind.SYMLINK, mode, 0, target)
    elif member.islnk():
        linked = entries.get(_components(member.linkname.encode("utf-8", "surrogateescape")))
        if linked is None or linked.kind is Kind.DIRECTORY:
            raise MalformedImageError(f"{name}: the hard link {member.name!r} leads to no file before it")
        entries[key] = linked._replace(name=_name(key))
    elif member.isreg() and not member.issparse():
        entries[key] = FileEntry(_name(key), Kind.FILE, mode, member.size, b"", member.offset_data)
    else:
        raise MalformedImageError(f"{name}: {member.name!r} is no plain file, directory or link")


def _name(key: tuple[str, ...]) -> bytes:
    return b"/" + "/".join(key).encode("utf-8", "surrogateescape")
