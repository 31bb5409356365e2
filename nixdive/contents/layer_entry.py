"""One entry of a layer's tar: what the layer says of a file, whether it brings it or takes it away."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

NOTHING: frozenset[bytes] = frozenset()


class EntryKind(Enum):
    """What an entry is; the value is the word for people."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    CHARACTER = "character device"
    BLOCK = "block device"
    FIFO = "fifo"
    WHITEOUT = "whiteout"
    OPAQUE = "opaque"


class LayerEntry(NamedTuple):
    """One entry; a NamedTuple because images have hundreds of thousands.

    Attributes:
        name: the absolute name in the image as raw bytes, without a trailing slash; the root is /. That of a
            whiteout is the name it takes away, that of an opaque mark the directory it empties (OCI image
            specification, layer.md, Whiteouts).
        kind: what it is.
        mode: permission bits (07777).
        uid: number of the owner.
        gid: number of the group.
        size: bytes of a file's data; 0 for all others, hard links included.
        mtime: seconds since 1970, whole.
        target: where a symbolic link leads, as it stands there; of a hard link the absolute name of the file.
        digest: 16 bytes of BLAKE2b over a file's data, to tell changed from unchanged; else empty.
        offset: where the data begin in the uncompressed tar.
        references: the hash parts of store paths found in a file's data, or in the target of a symbolic link.
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
