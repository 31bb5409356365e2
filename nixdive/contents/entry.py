"""One file, directory or link of an image, and where contents come from."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from nixdive.store.path import StorePath


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
        source: where its Contents find the data: a path of a disk, an offset of an archive.
    """

    name: bytes
    kind: Kind
    mode: int
    size: int = 0
    target: bytes = b""
    source: bytes | int = b""


class Contents(Protocol):
    """Where the files of store paths come from: the disk, or an archive."""

    def has(self, path: StorePath) -> bool:
        """Whether the files of the store path are there."""

    def entries(self, path: StorePath) -> Sequence[FileEntry]:
        """Return the store path itself and everything below it, in the order of nixpkgs' layer tars.

        Raises UnreadablePathError where the path is missing or cannot be listed.
        """

    def open(self, entry: FileEntry) -> BinaryIO:
        """Open the data of a file entry for reading, unbuffered; raises UnreadablePathError."""
