"""The files of store paths inside an image: merged from its layers, read out of them in place."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

from nixdive.contents.entry import FileEntry, Kind
from nixdive.contents.layer_entry import EntryKind
from nixdive.errors import UnreadablePathError
from nixdive.image.store_names import path_of
from nixdive.store.path import STORE_DIR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO

    from _typeshed import WriteableBuffer as Buffer

    from nixdive.contents.layer_entry import LayerEntry
    from nixdive.contents.layer_index import LayerIndex
    from nixdive.image.layer_data import LayerData
    from nixdive.store.path import StorePath

_NO_PARENT_MODE = 0o555  # what Nix gives every directory of its store
_KINDS = {
    EntryKind.FILE: Kind.FILE,
    EntryKind.DIRECTORY: Kind.DIRECTORY,
    EntryKind.SYMLINK: Kind.SYMLINK,
}
_AWAY = frozenset({EntryKind.WHITEOUT, EntryKind.OPAQUE})
_STORE = STORE_DIR.encode()
_ABOVE = frozenset({b"/", b"/nix", _STORE})

_Tree = dict[bytes, tuple[FileEntry, frozenset[bytes]]]


class ImageContents:
    """The store paths of an image as its layers together show them (OCI image specification, layer.md).

    Args:
        indexes: what is in each layer, lowest first.
        data: their bytes.
    """

    def __init__(self, indexes: Sequence[LayerIndex], data: LayerData) -> None:
        self._data = data
        self._trees: dict[StorePath, _Tree] = {}
        for start, index in zip(data.starts, indexes, strict=False):
            self._take_away(index.entries)
            self._bring(index.entries, start)
        self._sorted: dict[StorePath, list[FileEntry]] = {}

    @property
    def paths(self) -> tuple[StorePath, ...]:
        """All store paths, sorted."""
        return tuple(sorted(self._trees))

    def references(self, path: StorePath) -> frozenset[bytes]:
        """Return the hash parts of store paths that were found in the files of a path.

        Links inside the store may lead to others without naming the store.
        """
        tree = self._trees[path].values()
        parts = (part for entry, _ in tree if entry.target for part in entry.target.split(b"/"))
        return frozenset(part[:32] for part in parts if part[32:33] == b"-").union(
            *{found for _, found in tree}
        )

    def has(self, path: StorePath) -> bool:
        """Whether the image has the store path."""
        return path in self._trees

    def entries(self, path: StorePath) -> Sequence[FileEntry]:
        """Return the store path and everything below it, in the order of nixpkgs' layer tars."""
        if path not in self._trees:
            raise UnreadablePathError(f"{path}: it is not in the image")
        if path not in self._sorted:
            tree = self._trees[path]
            top = path.encode()
            made = {name: entry for name, (entry, _) in tree.items()}
            for name in tree:
                parent = name.rpartition(b"/")[0]
                while len(parent) >= len(top) and parent not in made:
                    made[parent] = FileEntry(parent, Kind.DIRECTORY, _NO_PARENT_MODE)
                    parent = parent.rpartition(b"/")[0]
            self._sorted[path] = sorted(made.values(), key=_components)
        return self._sorted[path]

    def open(self, entry: FileEntry) -> BinaryIO:
        """Open a file's data, unbuffered."""
        return cast("BinaryIO", _Window(self._data, entry))

    def read_into(self, entry: FileEntry, buffer: memoryview) -> int:
        """Read a file's data into the buffer, and return how many bytes there are."""
        return self._data.read(cast("int", entry.source), [buffer[: entry.size]], entry.name)

    def _take_away(self, entries: Iterable[LayerEntry]) -> None:
        for entry in entries:
            if entry.kind is EntryKind.DIRECTORY:
                continue
            if entry.name in _ABOVE:
                self._trees.clear()
            elif entry.kind in _AWAY and (path := path_of(entry)) in self._trees:
                tree = self._trees[path]
                if entry.kind is EntryKind.WHITEOUT:
                    tree.pop(entry.name, None)
                _remove_below(tree, entry.name)
                if not tree:
                    del self._trees[path]

    def _bring(self, entries: Iterable[LayerEntry], start: int) -> None:
        for entry in entries:
            if entry.kind in _AWAY or (path := path_of(entry)) is None:
                continue
            tree = self._trees.setdefault(path, {})
            old = tree.get(entry.name)
            if old is not None and old[0].kind is Kind.DIRECTORY and entry.kind is not EntryKind.DIRECTORY:
                _remove_below(tree, entry.name)
            if entry.kind is EntryKind.HARDLINK:
                # to another path of the store there is none in one that Nix made
                other = path_of(entry._replace(name=entry.target))
                linked = self._trees.get(other, {}).get(entry.target) if other is not None else None
                if linked is not None and linked[0].kind is not Kind.DIRECTORY:
                    tree[entry.name] = linked[0]._replace(name=entry.name), linked[1]
            elif (kind := _KINDS.get(entry.kind)) is not None:
                source = start + entry.offset if kind is Kind.FILE else b""
                target = entry.target if kind is Kind.SYMLINK else b""
                made = FileEntry(entry.name, kind, entry.mode, entry.size, target, source)
                tree[entry.name] = made, entry.references
            if not tree:
                del self._trees[path]


def _remove_below(tree: _Tree, name: bytes) -> None:
    below = name + b"/"
    for gone in [other for other in tree if other.startswith(below)]:
        del tree[gone]


def _components(entry: FileEntry) -> list[str]:
    return entry.name.decode("utf-8", "surrogateescape").split("/")


class _Window(io.RawIOBase):
    """A file's data, read by position, so that threads can share the descriptor."""

    def __init__(self, data: LayerData, entry: FileEntry) -> None:
        super().__init__()
        self._data = data
        self._entry = entry
        self._done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        room = min(len(view), self._entry.size - self._done)
        at = cast("int", self._entry.source) + self._done
        count = self._data.read(at, [view[:room]], self._entry.name) if room else 0
        self._done += count
        return count
