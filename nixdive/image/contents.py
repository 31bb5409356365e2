"""The files of store paths inside an image: merged from its layers, and read from them in place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, cast

from nixdive.contents.entry import EntryKind, Extents, FileEntry, Kind
from nixdive.contents.file_tree import Placed, stacked
from nixdive.errors import UnreadablePathError
from nixdive.image.layer_files import LayerData, Window
from nixdive.image.store_names import path_named
from nixdive.store.path import STORE_DIR, StorePath

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import FileIO

    from nixdive.contents.layer_index import LayerIndex
    from nixdive.image.readers.stored import StoredLayer


class ImageContents:
    """The store paths of an image with all its layers merged.

    Args:
        layers: the layers, lowest first.
        indexes: the contents of each.
        store: the directory of the store.
    """

    def __init__(
        self, layers: Sequence[StoredLayer], indexes: Sequence[LayerIndex], store: str = STORE_DIR
    ) -> None:
        tree = stacked(indexes)
        self._tree = tree
        self._data = LayerData(layers, [index.size for index in indexes])
        inside = tree.children.get(os.fsencode(store), ())
        tops = {path: name for name in inside if (path := path_named(name, store))}
        self._tops = dict(sorted(tops.items()))

    @property
    def paths(self) -> tuple[StorePath, ...]:
        """All store paths, sorted."""
        return tuple(self._tops)

    def references(self, path: StorePath) -> frozenset[bytes]:
        """Return the hash parts of store paths that were found in the files of a path.

        Links inside the store may lead to others without naming the store.
        """
        found = [self._meant(self._tree.files[name]).entry for name in self._names(path)]
        parts = (part for one in found if one.kind is EntryKind.SYMLINK for part in one.target.split(b"/"))
        beside = frozenset(part[:32] for part in parts if part[32:33] == b"-")
        return beside.union(*{one.references for one in found})

    def has(self, path: StorePath) -> bool:
        """Whether the image has the store path."""
        return path in self._tops

    def entries(self, path: StorePath) -> Sequence[FileEntry]:
        """Return the store path and everything below it, in the order of nixpkgs' layer tars."""
        if path not in self._tops:
            raise UnreadablePathError(f"{path}: it is not in the image")
        made = (self._entry(name) for name in self._names(path))
        return sorted((one for one in made if one is not None), key=_components)

    def digests(self, path: StorePath) -> dict[bytes, bytes]:
        """Return the digests of the data of a store path's files, as indexes of layers have them, by name."""
        meant = ((name, self._meant(self._tree.files[name]).entry) for name in self._names(path))
        return {name: entry.digest for name, entry in meant if entry.kind is EntryKind.FILE}

    def open(self, entry: FileEntry) -> BinaryIO:
        """Open a file's data, unbuffered."""
        at, extents = _source(entry)
        return cast("BinaryIO", Window(self._data, at, entry.size, entry.name, extents))

    def read_into(self, entry: FileEntry, buffer: memoryview) -> int:
        """Read a file's data into the buffer, and return how many bytes there are."""
        at, extents = _source(entry)
        if extents is None:
            return self._data.read(at, [buffer[: entry.size]], entry.name)
        file, done = self.open(entry), 0
        while count := cast("FileIO", file).readinto(buffer[done : entry.size]):
            done += count
        return done

    def _names(self, path: StorePath) -> Iterator[bytes]:
        pending = [self._tops[path]]
        while pending:
            name = pending.pop()
            yield name
            pending += self._tree.children.get(name, ())

    def _meant(self, placed: Placed) -> Placed:
        """Return the file that a hard link refers to; the link itself if it refers to nothing."""
        if placed.entry.kind is not EntryKind.HARDLINK:
            return placed
        return placed.data or self._tree.files.get(placed.entry.target, placed)

    def _entry(self, name: bytes) -> FileEntry | None:
        entry, layer, _ = self._meant(self._tree.files[name])
        if entry.kind is EntryKind.FILE:
            at = self._data.starts[layer] + entry.offset
            source = at if entry.extents is None else (at, entry.extents)
            return FileEntry(name, Kind.FILE, entry.mode, entry.size, b"", source)
        if entry.kind is EntryKind.SYMLINK:
            return FileEntry(name, Kind.SYMLINK, entry.mode, 0, entry.target)
        return FileEntry(name, Kind.DIRECTORY, entry.mode) if entry.kind is EntryKind.DIRECTORY else None


def _source(entry: FileEntry) -> tuple[int, Extents | None]:
    """Return where the data of an entry begin, and where they have holes."""
    assert not isinstance(entry.source, bytes)  # noqa: S101  the entry is of this kind of contents
    return (entry.source, None) if isinstance(entry.source, int) else entry.source


def _components(entry: FileEntry) -> list[str]:
    return entry.name.decode("utf-8", "surrogateescape").split("/")
