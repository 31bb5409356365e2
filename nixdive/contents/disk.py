"""Store paths on a disk: the files as the kernel lists them, in the order of nixpkgs' layer tars."""

from __future__ import annotations

import os
import stat
import time
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO

from nixdive.contents.entry import FileEntry, Kind
from nixdive.errors import UnreadablePathError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.store.path import StorePath

_KINDS = {stat.S_IFREG: Kind.FILE, stat.S_IFLNK: Kind.SYMLINK, stat.S_IFDIR: Kind.DIRECTORY}
# it was a plain file when it was listed; a link that has replaced it since must not be followed, and a pipe
# not be waited for
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

_SECOND = 10**9  # nanoseconds
# the time that Nix gives each file in a store: mtimeStore in src/libstore/posix-fs-canonicalise.cc
_OF_NIX = _SECOND
# longer than a tick of any file system's clock: a file that changes twice in one has the same time twice
_LATELY = 2 * _SECOND


class DiskContents:
    """The files of store paths below a root directory.

    Args:
        root: the directory that is the image's root; /nix/store/x is looked for at root/nix/store/x.
        nar_hashes: hashes of store paths according to the database of the Nix that has put them there; those
            of any other source may be of other files.
    """

    def __init__(
        self,
        root: str | os.PathLike[str] = "/",
        nar_hashes: Mapping[StorePath, str] = MappingProxyType({}),
    ) -> None:
        self._root = os.fsencode(root).rstrip(b"/")
        self._nar_hashes = nar_hashes
        self._as_nix_left: set[str] = set()

    def has(self, path: StorePath) -> bool:
        """Whether the store path exists, even as a dangling link."""
        return os.path.lexists(self._root + os.fsencode(path))

    def entries(self, path: StorePath) -> list[FileEntry]:
        """Return the store path and everything below it, with one lstat for each.

        The order is that of lists of path components compared by code point, so that a directory's files
        come right after it: a, a/z, a-b, a.c. Links are not followed.

        Raises UnreadablePathError if something is missing, cannot be listed, or is a device or the like.
        """
        return self._listed(os.fsencode(path))

    def below(self) -> list[FileEntry]:
        """Return everything below the root directory itself, as `entries` does for a store path."""
        return self._listed(b"")[1:]

    def _listed(self, top: bytes) -> list[FileEntry]:
        path = os.fsdecode(top) or os.fsdecode(self._root)
        skip = len(self._root)
        found = []
        touched = False
        try:
            pending = [(self._root + top, os.lstat(self._root + top))]
            while pending:
                source, status = pending.pop()
                entry = _entry(source, status, skip)
                found.append(entry)
                if entry.kind is Kind.FILE:
                    touched |= status.st_mtime_ns != _OF_NIX
                elif entry.kind is Kind.DIRECTORY:
                    with os.scandir(source) as listing:
                        children = [(child.name, child) for child in listing]
                    children.sort(key=_by_code_point, reverse=True)
                    pending += [(child.path, child.stat(follow_symlinks=False)) for _, child in children]
        except OSError as error:
            raise _unreadable(error, path) from error
        (self._as_nix_left.discard if touched else self._as_nix_left.add)(path)
        return found

    def open(self, entry: FileEntry) -> BinaryIO:
        """Open a file's data, unbuffered."""
        assert isinstance(entry.source, bytes)  # noqa: S101  the entry is of this kind of contents
        try:
            return open(entry.source, "rb", buffering=0, opener=_open)
        except OSError as error:
            raise _unreadable(error, os.fsdecode(entry.name)) from error

    def identity(self, path: StorePath, entries: Sequence[FileEntry]) -> str | None:
        """Return what stands for the data of a store path's files: the same text means the same data.

        It is the NAR hash in Nix's database where all files have the time that Nix has given them. Two
        machines may have different files under the same store path, so that its name alone says nothing.
        Elsewhere it is what the disk says of each file: it changes with every change of the file.

        Args:
            path: the store path.
            entries: what `entries` has just returned for it.

        Returns:
            None if nothing is certain: a file has been changed just now, or the file system does not record
            when files change.
        """
        nar_hash = self._nar_hashes.get(path)
        if nar_hash is not None and path in self._as_nix_left:
            return f"nar {nar_hash}"
        try:
            found = [os.lstat(entry.source) for entry in entries if entry.size]  # type: ignore[arg-type]  # as above
        except OSError as error:
            raise _unreadable(error, path) from error
        now = time.time_ns()
        if any(now - one.st_ctime_ns < _LATELY or not one.st_ctime_ns % _SECOND for one in found):
            return None
        stated = [(one.st_dev, one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns) for one in found]
        return f"disk {sha256(repr(stated).encode()).hexdigest()}"

    def read_into(self, entry: FileEntry, buffer: memoryview) -> int:
        """Read a file's data into the buffer, as far as it goes, and return how many bytes there are.

        It does what `open` and `readinto` do in a third of the time, which matters for small files.
        """
        try:
            file = os.open(entry.source, _FLAGS)  # type: ignore[arg-type]  # the source of such an entry is a path
            try:
                count = os.readv(file, [buffer])
                while 0 < count < entry.size:  # a plain file rarely gives less than asked for
                    more = os.readv(file, [buffer[count:]])
                    if not more:
                        break
                    count += more
                return count
            finally:
                os.close(file)
        except OSError as error:
            raise _unreadable(error, os.fsdecode(entry.name)) from error


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | _FLAGS)


def _by_code_point(child: tuple[bytes, os.DirEntry[bytes]]) -> str:
    return child[0].decode("utf-8", "surrogateescape")


def _entry(source: bytes, status: os.stat_result, skip: int) -> FileEntry:
    mode = status.st_mode
    kind = _KINDS.get(stat.S_IFMT(mode))
    if kind is Kind.FILE:
        return FileEntry(source[skip:], kind, mode & 0o7777, status.st_size, b"", source)
    if kind is Kind.SYMLINK:
        return FileEntry(source[skip:], kind, mode & 0o7777, 0, os.readlink(source), source)  # noqa: PTH115  names are bytes
    if kind is Kind.DIRECTORY:
        return FileEntry(source[skip:], kind, mode & 0o7777, 0, b"", source)
    raise UnreadablePathError(
        f"{os.fsdecode(source)}: a device, pipe or socket cannot go into a layer",
        hint="store paths hold files, directories and links only",
    )


def _unreadable(error: OSError, path: str) -> UnreadablePathError:
    place = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else error.filename or path
    hint = "is it built on this machine? nix-store --realise fetches it"
    return UnreadablePathError(
        f"{place}: {error.strerror}", hint=hint if isinstance(error, FileNotFoundError) else None
    )
