"""The NAR of a store path: the form of its files of which Nix records the hash.

The format is that of Dolstra's thesis (The Purely Functional Software Deployment Model, figure 5.2); the
entries of a directory are sorted by the bytes of their names.
"""

from __future__ import annotations

import os
import posixpath
from hashlib import sha256
from typing import TYPE_CHECKING

from nixdive.contents.data import PIECE
from nixdive.contents.entry import Contents, FileEntry, Kind
from nixdive.errors import UnreadablePathError
from nixdive.progress import Progress, check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.store.path import StorePath


def nar_hash(contents: Contents, path: StorePath, progress: Progress) -> str:
    """Return the SHA-256 of the NAR of a store path, in hexadecimal digits.

    Raises:
        UnreadablePathError: a file cannot be read, or changes meanwhile.
        ImageError: a layer that it lies in cannot be unpacked.
        Cancelled: the user stopped it.
    """
    hashed = sha256()
    for data in nar(contents, path, progress):
        hashed.update(data)
    return hashed.hexdigest()


def nar(contents: Contents, path: StorePath, progress: Progress) -> Iterator[bytes]:
    """Yield the NAR of a store path in pieces; raises as `nar_hash`."""
    top, *below = contents.entries(path)
    inside: dict[bytes, list[FileEntry]] = {}
    for entry in below:
        inside.setdefault(posixpath.dirname(entry.name), []).append(entry)
    yield _string(b"nix-archive-1")
    pending: list[FileEntry | bytes] = [top]
    while pending:
        check(progress)
        this = pending.pop()
        if isinstance(this, bytes):
            yield this
        elif this.kind is Kind.DIRECTORY:
            yield _strings(b"(", b"type", b"directory")
            pending.append(_string(b")"))
            children = sorted(inside.get(this.name, ()), key=lambda one: one.name, reverse=True)
            for child in children:
                name = posixpath.basename(child.name)
                pending += (_string(b")"), child, _strings(b"entry", b"(", b"name", name, b"node"))
        elif this.kind is Kind.SYMLINK:
            yield _strings(b"(", b"type", b"symlink", b"target", this.target, b")")
        else:
            yield from _file(contents, this, progress)


def _file(contents: Contents, entry: FileEntry, progress: Progress) -> Iterator[bytes]:
    executable = (b"executable", b"") if entry.mode & 0o100 else ()
    yield _strings(b"(", b"type", b"regular", *executable, b"contents")
    yield entry.size.to_bytes(8, "little")
    left = entry.size
    with contents.open(entry) as file:
        while left and (data := file.read(min(left, PIECE))):
            check(progress)
            left -= len(data)
            yield data
    if left:
        raise UnreadablePathError(f"{os.fsdecode(entry.name)}: its size changed while it was read")
    yield bytes(-entry.size % 8)
    yield _string(b")")


def _strings(*texts: bytes) -> bytes:
    return b"".join(map(_string, texts))


def _string(text: bytes) -> bytes:
    return len(text).to_bytes(8, "little") + text + bytes(-len(text) % 8)
