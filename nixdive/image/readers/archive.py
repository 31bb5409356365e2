"""The files of an image in a tar, which may be compressed as a whole."""

from __future__ import annotations

import os
import posixpath
import weakref
from typing import TYPE_CHECKING, NamedTuple

from nixdive import there
from nixdive.contents.entry import EntryKind, Extents, stretches
from nixdive.contents.tar import Span, TarReader
from nixdive.contents.tar_header import BLOCK, TarMember
from nixdive.errors import MalformedImageError
from nixdive.image.readers.files import PIECE, DirectoryFiles, Files, Place, close_all
from nixdive.image.readers.nix2container import described_in
from nixdive.image.readers.skopeo_dir import SkopeoDirFiles, is_skopeo_dir
from nixdive.image.readers.spool import spooled
from nixdive.magic import sniff
from nixdive.progress import NullProgress, Progress, check
from nixdive.unpack import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path


_DOCUMENT = "it is a JSON document, which has no files of layers in it"
_WRITTEN = "the screen, plan and write open closures; write makes an image"
_MOST_HOPS = 40  # from link to link, as Linux: path_resolution(7)


class _Member(NamedTuple):
    """A file in a tar: where its data begin, its bytes, and where it has holes."""

    start: int
    size: int
    extents: Extents | None


class TarFiles:
    """The members of a tar; one that is compressed as a whole is unpacked into a temporary file first.

    Args:
        place: the tar, or a descriptor of it, which is closed with this.
        progress: notified while it is unpacked.
        where: what to call it in messages; None for the path.
        damaged: whether a tar that is damaged after its first member is read as far as possible; `problems`
            then says what is wrong.

    Raises:
        MalformedImageError: it cannot be read, or is not a tar, or is damaged.
        ImageError: there is not enough space to unpack it.
    """

    def __init__(
        self, place: Path | int, progress: Progress, where: str | None = None, *, damaged: bool = False
    ) -> None:
        self.where = where or str(place)
        try:
            self._descriptor = _plain(place, self.where, progress)
        except OSError as error:
            raise MalformedImageError(f"{self.where}: {error.strerror}") from error
        # closed when its last reader is gone
        weakref.finalize(self, os.close, self._descriptor)
        self._spools: dict[str, int] = {}
        weakref.finalize(self, close_all, self._spools)
        self._members: dict[str, _Member] = {}
        self._links: dict[str, str] = {}
        self._odd: dict[str, str] = {}
        self._size = os.fstat(self._descriptor).st_size
        self._reader = TarReader(Span(self._descriptor, 0, self._size), self.where, "archive-entries")
        self._fault: str | None = None
        try:
            for member in self._reader:
                self._add(member)
        except MalformedImageError as error:
            if not (self._members or self._links or self._odd):
                cause = str(error).removeprefix(f"{self.where}: ")
                if os.pread(self._descriptor, 1, 0) in {b"{", b"["}:
                    raise MalformedImageError(f"{self.where}: {_DOCUMENT}", hint=_WRITTEN) from error
                raise MalformedImageError(
                    f"{self.where}: it is not an image: {cause}",
                    hint="expected a docker-archive, an OCI archive or an OCI layout",
                ) from error
            if not damaged:
                raise
            self._fault = str(error).removeprefix(f"{self.where}: ")

    def _add(self, member: TarMember) -> None:
        name = posixpath.normpath(_text(member.name).lstrip("/"))
        for known in (self._members, self._links, self._odd):
            known.pop(name, None)
        if member.kind is EntryKind.FILE:
            self._members[name] = _Member(member.start, member.size, member.extents)
        elif member.kind in {EntryKind.SYMLINK, EntryKind.HARDLINK}:
            # docker save once wrote repeated layers as links
            folder = posixpath.dirname(name) if member.kind is EntryKind.SYMLINK else ""
            self._links[name] = posixpath.normpath(posixpath.join(folder, _text(member.link)))
        else:
            self._odd[name] = f"a {member.kind.value}" if member.kind else member.oddity

    def problems(self) -> list[str]:
        """Return what is wrong with the tar as a whole, apart from its members."""
        found = [] if self._fault is None else [self._fault]
        if self._fault is None and self._reader.marks < 2:
            found.append(
                "two blocks of zeros should mark its end, and it has " + ("none", "one")[self._reader.marks]
            )
        if self._size % BLOCK:
            found.append(f"its length, {self._size} bytes, is not a multiple of {BLOCK}")
        if self._fault is None:
            at = self._reader.window.offset
            if any(data.strip(b"\0") for data in self._pieces(at, self._size - at, "its end")):
                found.append("its end is followed by something else")
        return found

    def names(self) -> frozenset[str]:
        """Return the names of all members that are files, or links to some."""
        return frozenset(self._members.keys() | {name for name in self._links if self._target(name)})

    def _target(self, name: str) -> _Member | None:
        for _ in range(_MOST_HOPS):
            if name in self._members:
                return self._members[name]
            if name not in self._links:
                break
            name = self._links[name]
        return None

    def _member(self, name: str) -> _Member:
        normal = posixpath.normpath(name)
        found = self._target(normal)
        if found is None:
            known = "a link to nothing" if normal in self._links else self._odd.get(normal)
            what = "is missing" if known is None else f"is {known}, not a file"
            raise MalformedImageError(f"{self.where}: {name} {what}")
        return found

    def size(self, name: str) -> int:
        """Return the bytes of a member."""
        return self._member(name).size

    def head(self, name: str, count: int) -> bytes:
        """Return the first bytes of a member."""
        member = self._member(name)
        if member.extents is None:
            return self._read(member.start, min(count, member.size))
        return next(self.chunks(name), b"")[:count]

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a member in pieces."""
        for count, at in stretches(*self._member(name)):
            if at is not None:
                yield from self._pieces(at, count, name)
                continue
            for done in range(0, count, PIECE):
                yield bytes(min(PIECE, count - done))

    def _pieces(self, at: int, left: int, name: str) -> Iterator[bytes]:
        while left:
            data = self._read(at, min(left, PIECE))
            if not data:
                raise MalformedImageError(f"{self.where}: it ends in the middle of {name}")
            at += len(data)
            left -= len(data)
            yield data

    def _read(self, at: int, count: int) -> bytes:
        try:
            return os.pread(self._descriptor, count, at)
        except OSError as error:
            raise MalformedImageError(f"{self.where}: {error.strerror}") from error

    def place(self, name: str) -> Place:
        """Return the extent of a member's bytes; one with holes is copied into a temporary file."""
        member = self._member(name)
        if member.extents is None:
            return Place(self._descriptor, member.start, member.size)
        if name not in self._spools:
            self._spools[name] = spooled(self.chunks(name), self.where)
        return Place(self._spools[name], 0, member.size)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _plain(place: Path | int, where: str, progress: Progress) -> int:
    """Return a descriptor of the uncompressed tar; one that is given is closed."""
    with open(place, "rb", buffering=0) if isinstance(place, int) else there.opened(place) as file:  # noqa: PTH123
        name = sniff(os.pread(file.fileno(), 6, 0))
        if name == "none":
            return os.dup(file.fileno())
        progress.start("unpacking", os.fstat(file.fileno()).st_size)
        plain = unpacked(
            _told(file, where, progress), name, lambda cause: MalformedImageError(f"{where}: {cause}")
        )
        return spooled(plain, where)


def _told(file: FileIO, where: str, progress: Progress) -> Iterator[bytes]:
    try:
        while data := file.read(PIECE):
            check(progress)
            progress.advance(len(data))
            yield data
    except OSError as error:
        raise MalformedImageError(f"{where}: {error.strerror}") from error


def files_of(
    path: Path,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
    where: str | None = None,
    *,
    damaged: bool = False,
) -> Files:
    """Return the files of an image at a path.

    Args:
        path: a directory, a tar that may be compressed, or the JSON image of nix2container.
        progress: notified while it is unpacked, if it is compressed.
        where: what to call it in messages; None for the path.
        damaged: as for TarFiles.

    Raises:
        MalformedImageError: there is none.
        Cancelled: the user stopped the unpacking.
    """
    if there.is_folder(path, MalformedImageError, where):
        folder = DirectoryFiles(path, where)
        return SkopeoDirFiles(folder) if is_skopeo_dir(folder) else folder
    if (described := described_in(path, where)) is not None:
        return described
    return TarFiles(path, progress, where, damaged=damaged)
