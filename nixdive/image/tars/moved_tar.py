"""The tar of store paths whose files may be moved, and have modes and owners of their own: nix2container's.

Source: nix/tar.go and nix/graph.go of nix2container. Files are a tree by the names that they have in the
image, walked in the order of bytes; directories above, which no store path has, belong to root.
"""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nixdive.contents.data import PIECE
from nixdive.contents.entry import Contents, FileEntry, Kind
from nixdive.errors import UnreadablePathError
from nixdive.image.tars.go_tar import END, GoEntry
from nixdive.image.tars.header import padding

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from nixdive.store.path import StorePath

_ROOT = b"root"
_TIME = 1


@dataclass(frozen=True, slots=True)
class Permission:
    """What files have whose names in the store match.

    Attributes:
        pattern: is searched for in the name.
        mode: permission bits; None leaves them.
        uid: number of the owner.
        gid: number of the group.
        uname: name of the owner; empty leaves it.
        gname: name of the group; empty leaves it.
    """

    pattern: re.Pattern[str]
    mode: int | None
    uid: int
    gid: int
    uname: str
    gname: str


@dataclass(frozen=True, slots=True)
class MovedPath:
    """A store path in a layer.

    Attributes:
        path: the store path.
        moved: what is replaced in the names of its files, if anything.
        to: by what.
        permissions: of its files; later ones count more.
    """

    path: StorePath
    moved: re.Pattern[str] | None = None
    to: str = ""
    permissions: tuple[Permission, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether it is in the image as it is in the store."""
        return self.moved is None and not self.permissions

    def name(self, entry: FileEntry) -> bytes:
        """Return the name that one of its files has in the image; empty for none."""
        if self.moved is None:
            return entry.name
        text = os.fsdecode(entry.name)
        made, at = [], 0
        for found in self.moved.finditer(text):
            if not found.group() and found.start() == at > 0:
                continue  # Go finds nothing empty right after what it has found
            made += [text[at : found.start()], self.to]
            at = found.end()
        return os.fsencode("".join((*made, text[at:])))

    def described(self, name: bytes, entry: FileEntry) -> GoEntry:
        """Return one of its files under the name that it has in the tar."""
        mode = 0o777 if entry.target else entry.mode
        found = GoEntry(name, entry.kind, mode, 0, 0, _ROOT, _ROOT, entry.size, _TIME, entry.target)
        text = os.fsdecode(entry.name)
        for one in self.permissions:
            if one.pattern.search(text):
                found = found._replace(
                    mode=found.mode if one.mode is None else one.mode,
                    uid=one.uid,
                    gid=one.gid,
                    uname=one.uname.encode() or found.uname,
                    gname=one.gname.encode() or found.gname,
                )
        return found


@dataclass(slots=True)
class _Node:
    below: dict[bytes, _Node] = field(default_factory=dict)
    file: tuple[MovedPath, FileEntry] | None = None


class MovedTar:
    """The tar of some store paths.

    Args:
        paths: in any order, which the bytes do not depend on.
        contents: their files.

    Raises:
        UnreadablePathError: a store path is missing, or cannot be listed.
    """

    def __init__(self, paths: Sequence[MovedPath], contents: Contents) -> None:
        self._contents = contents
        root = _Node()
        for path in paths:
            for entry in contents.entries(path.path):
                if name := path.name(entry):
                    node = root
                    for part in _parts(name):
                        node = node.below.setdefault(part, _Node())
                    node.file = path, entry
        self._rows = [*_walked(root)]
        self.size = sum(map(_size, self._rows)) + len(END)

    def chunks(self) -> Iterator[bytes]:
        """Yield it in pieces of about 1 MiB.

        Raises UnreadablePathError if a file is gone, or has changed since it was listed.
        """
        made = bytearray()
        for described, entry in self._rows:
            made += described.header()
            if entry is not None and described.size:
                for data in self._data(entry):
                    made += data
                    if len(made) >= PIECE:
                        yield bytes(made)
                        made.clear()
                made += padding(described.size)
        yield bytes(made + END)

    def _data(self, entry: FileEntry) -> Iterator[bytes]:
        left = entry.size
        with self._contents.open(entry) as file:
            try:
                while data := file.read(PIECE):
                    left -= len(data)
                    yield data
            except OSError as error:
                raise UnreadablePathError(f"{os.fsdecode(entry.name)}: {error.strerror}") from error
        if left:
            raise UnreadablePathError(f"{os.fsdecode(entry.name)}: its size changed while it was read")


def _parts(name: bytes) -> list[bytes]:
    clean = posixpath.normpath(name)
    if clean.startswith(b"/"):
        return [b"", *filter(None, clean.split(b"/"))]
    return clean.split(b"/")


def _walked(root: _Node) -> Iterator[tuple[GoEntry, FileEntry | None]]:
    waiting = [(name, root.below[name]) for name in sorted(root.below, reverse=True)]
    while waiting:
        name, node = waiting.pop()
        name = name or b"/"
        if node.file is None:
            yield GoEntry(name, Kind.DIRECTORY, 0o755, 0, 0, _ROOT, _ROOT, 0, _TIME, b""), None
        else:
            path, entry = node.file
            yield path.described(name, entry), entry if entry.kind is Kind.FILE else None
        above = name.rstrip(b"/") + b"/"
        waiting += [(above + part, node.below[part]) for part in sorted(node.below, reverse=True)]


def _size(row: tuple[GoEntry, FileEntry | None]) -> int:
    described = row[0]
    return len(described.header()) + described.size + len(padding(described.size))
