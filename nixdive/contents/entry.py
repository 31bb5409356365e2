"""One file, directory or link, of an image or as an entry of a layer, and the source of its contents."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nixdive.store.path import StorePath


NOTHING: frozenset[bytes] = frozenset()

Extents: TypeAlias = tuple[tuple[int, int], ...]
"""Where a sparse file has data: the offset and the bytes of each extent. The rest is zeros."""


class Kind(Enum):
    """What an entry is; the value is its type flag in a tar header (POSIX pax, ustar)."""

    FILE = b"0"
    SYMLINK = b"2"
    DIRECTORY = b"5"


class FileEntry(NamedTuple):
    """One entry of a tree; a NamedTuple because images have tens of thousands.

    Attributes:
        name: the absolute name in the image, without a trailing slash, as raw bytes: /nix/store/...-x/bin/y.
        kind: file, directory or symbolic link. A hard link is a file.
        mode: permission bits (07777).
        size: bytes of a file's data, 0 for the others.
        target: the target of a symbolic link, as raw bytes, else empty.
        source: where its Contents find the data: a path on a disk, or an offset in layers, with the extents
            of a sparse file.
    """

    name: bytes
    kind: Kind
    mode: int
    size: int = 0
    target: bytes = b""
    source: bytes | int | tuple[int, Extents] = b""


class EntryKind(Enum):
    """What an entry is; the value is the word to display."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    CHARACTER = "character device"
    BLOCK = "block device"
    FIFO = "fifo"
    WHITEOUT = "whiteout"
    OPAQUE = "opaque"

    __hash__ = object.__hash__  # each is one object; the hash of other enumerations is worked out in Python


TAKES = frozenset({EntryKind.WHITEOUT, EntryKind.OPAQUE})
"""The kinds that remove files of lower layers."""


class LayerEntry(NamedTuple):
    """One entry; a NamedTuple because images have hundreds of thousands.

    Attributes:
        name: the absolute name in the image as raw bytes, without a trailing slash; the root is /. For a
            whiteout it is the name that is removed, for an opaque mark the directory that is emptied (OCI
            image specification, layer.md, Whiteouts).
        kind: what it is.
        mode: permission bits (07777).
        uid: number of the owner.
        gid: number of the group.
        size: bytes of a file's data; 0 for all others, hard links included.
        mtime: seconds since 1970, whole.
        target: the target of a symbolic link, unchanged; for a hard link the absolute name of the file.
        digest: 16 bytes of BLAKE2b over a file's data, to tell changed from unchanged; else empty.
        offset: where the data begin in the uncompressed tar.
        references: the hash parts of store paths found in a file's data, or in the target of a symbolic link.
        extents: where a sparse file has data, which are consecutive in the tar; else None.
    """

    name: bytes
    kind: EntryKind
    mode: int = 0
    uid: int = 0
    gid: int = 0
    size: int = 0
    mtime: int = 0
    target: bytes = b""
    digest: bytes = b""
    offset: int = 0
    references: frozenset[bytes] = NOTHING
    extents: Extents | None = None


def stretches(start: int, size: int, extents: Extents | None) -> Iterator[tuple[int, int | None]]:
    """Yield the parts of a file's data in order: bytes, and their offset in the tar; None for zeros.

    Args:
        start: the offset of its data in the tar.
        size: bytes of the file.
        extents: where it has data; None for a file without holes.
    """
    if extents is None:
        yield size, start
        return
    done = 0
    for at, length in extents:
        if at > done:
            yield at - done, None
        yield length, start
        start += length
        done = at + length
    if size > done:
        yield size - done, None


class Contents(Protocol):
    """The source of the files of store paths: a disk, or an archive."""

    def has(self, path: StorePath) -> bool:
        """Whether the files of the store path are available."""

    def entries(self, path: StorePath) -> Sequence[FileEntry]:
        """Return the store path itself and everything below it, in the order of nixpkgs' layer tars.

        Raises UnreadablePathError if the path is missing or cannot be listed.
        """

    def open(self, entry: FileEntry) -> BinaryIO:
        """Open the data of a file entry for reading, unbuffered; raises UnreadablePathError."""
