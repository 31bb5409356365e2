"""The files of store paths inside an image: merged from its layers, and read from them in place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, cast

from nixdive.contents.data import PIECE
from nixdive.contents.entry import EntryKind, Extents, FileEntry, Kind, stretches
from nixdive.contents.file_tree import Placed, stacked
from nixdive.contents.layer_index import Facts
from nixdive.contents.references import HashFinder
from nixdive.errors import UnreadablePathError
from nixdive.image.stored.layer_files import LayerData, Window
from nixdive.image.stored.store_names import path_named
from nixdive.progress import NullProgress, Progress, check
from nixdive.store.path import STORE_DIR, StorePath

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from io import FileIO

    from nixdive.contents.layer_index import LayerIndex
    from nixdive.image.readers.stored import StoredLayer


class ImageContents:
    """The store paths of an image with all its layers merged.

    Args:
        layers: the layers, lowest first.
        indexes: the contents of each.
        store: the directory of the store.
        without: directories in the store that are no store paths: something is mounted there.
    """

    def __init__(
        self,
        layers: Sequence[StoredLayer],
        indexes: Sequence[LayerIndex],
        store: str = STORE_DIR,
        without: Collection[StorePath] = (),
    ) -> None:
        tree = stacked(indexes)
        self._tree = tree
        self._searched = tuple(Facts.REFERENCES in index.facts for index in indexes)
        self._finder = HashFinder(store)
        self._data = LayerData(layers, [index.size for index in indexes])
        inside = tree.children.get(os.fsencode(store), ())
        tops = {path: name for name in inside if (path := path_named(name, store))}
        self._tops = {path: tops[path] for path in sorted(tops) if path not in without}

    @property
    def paths(self) -> tuple[StorePath, ...]:
        """All store paths, sorted."""
        return tuple(self._tops)

    @property
    def unsearched(self) -> int:
        """Bytes of layers in whose files nothing has looked for references."""
        starts = self._data.starts
        return sum(starts[i + 1] - starts[i] for i, searched in enumerate(self._searched) if not searched)

    def references(
        self,
        path: StorePath,
        progress: Progress = NullProgress(),  # noqa: B008  it has no state
    ) -> frozenset[bytes]:
        """Return the hash parts of store paths that are in the files of a path.

        Files of layers that were indexed without looking for them are read. Links inside the store may lead
        to others without naming the store.

        Args:
            path: the store path.
            progress: told of the bytes of files that are read, and asked whether to go on.

        Raises:
            Cancelled: the user stopped it.
            UnreadablePathError: a file cannot be read.
            MalformedImageError: a layer is damaged.
        """
        placed = [self._meant(self._tree.files[name]) for name in self._names(path)]
        found = [one.entry for one in placed]
        parts = (part for one in found if one.kind is EntryKind.SYMLINK for part in one.target.split(b"/"))
        hashes = {part[:32] for part in parts if part[32:33] == b"-"}
        hashes.update(*{one.references for one in found})
        unsearched = [one for one in placed if not self._searched[one.layer]]
        buffer = bytearray(PIECE if unsearched else 0)
        for one in unsearched:
            hashes |= self._found_in(one, buffer, progress)
        return frozenset(hashes)

    def _found_in(self, placed: Placed, buffer: bytearray, progress: Progress) -> set[bytes]:
        """Return the hash parts in the data of a file, read through a buffer, or in the target of a link."""
        entry, layer, _ = placed
        if entry.kind is EntryKind.SYMLINK:
            return self._finder.find(entry.target, 0, len(entry.target))
        found: set[bytes] = set()
        if entry.kind is not EntryKind.FILE:
            return found
        check(progress)
        view, overlap = memoryview(buffer), self._finder.overlap
        for size, at in stretches(self._data.starts[layer] + entry.offset, entry.size, entry.extents):
            left, kept = 0 if at is None else size, 0  # no hash part reaches into a hole
            while left and at is not None:
                count = min(left, len(buffer) - kept)
                got = self._data.read(at + size - left, [view[kept : kept + count]], entry.name)
                if not got:
                    raise UnreadablePathError(f"{os.fsdecode(entry.name)}: its data end too early")
                found |= self._finder.find(buffer, 0, kept + got)
                left -= got
                tail = bytes(view[max(0, kept + got - overlap) : kept + got]) if left else b""
                buffer[: len(tail)], kept = tail, len(tail)
        progress.advance(entry.size)
        return found

    def has(self, path: StorePath) -> bool:
        """Whether the image has the store path."""
        return path in self._tops

    def entries(self, path: StorePath) -> Sequence[FileEntry]:
        """Return the store path and everything below it, in the order of nixpkgs' layer tars."""
        if path not in self._tops:
            raise UnreadablePathError(f"{path}: it is not in the image")
        made = (self._entry(name) for name in self._names(path))
        return sorted((one for one in made if one is not None), key=_components)

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
