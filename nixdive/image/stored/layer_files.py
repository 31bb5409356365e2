"""The files of one layer with their data: of a layer made of store paths, or of a stored one."""

from __future__ import annotations

import io
import os
import weakref
from bisect import bisect_right
from hashlib import sha256
from itertools import accumulate
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias, cast

from nixdive.contents.data import PIECE, same_data
from nixdive.contents.entry import Contents, EntryKind, Extents, FileEntry, Kind, LayerEntry, stretches
from nixdive.contents.layer_index import LayerIndex
from nixdive.errors import UnreadablePathError
from nixdive.image.readers.files import Place
from nixdive.image.readers.spool import spooled
from nixdive.image.stored.extract import Copy, Wanted, new_file
from nixdive.progress import Progress, check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from _typeshed import WriteableBuffer as Buffer

    from nixdive.image.oci.spec import Stamp
    from nixdive.image.readers.stored import StoredLayer

_KINDS = {
    Kind.FILE: EntryKind.FILE,
    Kind.SYMLINK: EntryKind.SYMLINK,
    Kind.DIRECTORY: EntryKind.DIRECTORY,
}


DataId: TypeAlias = tuple[object, object]
"""What stands for the data of a file: the diff_id of a layer or the contents, and a place there."""


class LayerData:
    """The tars of all layers, one after another, as one range of bytes.

    Args:
        layers: lowest first.
        sizes: bytes of the uncompressed tar of each.
    """

    def __init__(self, layers: Sequence[StoredLayer], sizes: Sequence[int]) -> None:
        self.starts = tuple(accumulate(sizes, initial=0))
        self._layers = tuple(layers)
        self._locks = tuple(Lock() for _ in layers)
        self._places: list[Place | None] = [None] * len(self._layers)
        self._spools: list[int] = []
        weakref.finalize(self, _close, self._spools)

    def place(self, at: int) -> tuple[int, int]:
        """Return the descriptor of a file and the offset in it, for a position in the range.

        Raises:
            MalformedImageError: a compressed layer is damaged, or not what its digest says.
            ImageError: there is not enough space to unpack it.
        """
        layer = bisect_right(self.starts, at, hi=len(self._layers)) - 1
        place = self._places[layer] or self._opened(layer)
        return place.descriptor, place.offset + at - self.starts[layer]

    def _opened(self, layer: int) -> Place:
        with self._locks[layer]:
            place = self._places[layer]
            if place is None:
                stored = self._layers[layer]
                if stored.compression == "none":
                    place = stored.files.place(stored.member)
                else:
                    descriptor = spooled(stored.tar(_proven(stored)), stored.where)
                    self._spools.append(descriptor)
                    place = Place(descriptor, 0, os.fstat(descriptor).st_size)
                self._places[layer] = place
            return place

    def read(self, at: int, buffers: list[memoryview], name: bytes) -> int:
        """Read from a position into buffers; return how many bytes there were; `name` is for messages."""
        descriptor, offset = self.place(at)
        try:
            return os.preadv(descriptor, buffers, offset)
        except OSError as error:
            raise UnreadablePathError(f"{os.fsdecode(name)}: {error.strerror}") from error


def _proven(layer: StoredLayer) -> Iterator[bytes]:
    """Yield a blob in pieces; raise MalformedImageError at its end if it is not what its digest says.

    Where its files are in the tar may be known of that digest, from another image or an earlier time.
    """
    found = sha256()
    for piece in layer.chunks():
        found.update(piece)
        yield piece
    digest = f"sha256:{found.hexdigest()}"
    if layer.digest is not None and layer.has_stated_size and layer.digest != digest:
        raise layer.malformed(f"its digest is {digest}, not {layer.digest}")


class Window(io.RawIOBase):
    """A file's data, read by position, so that threads can share the descriptor.

    Args:
        data: the tars.
        at: where the file's data begin in their range.
        size: how many bytes there are.
        name: of the file, for messages.
        extents: where a sparse file has data; None for a file without holes.
    """

    def __init__(
        self, data: LayerData, at: int, size: int, name: bytes, extents: Extents | None = None
    ) -> None:
        super().__init__()
        self._data = data
        self._stretches = stretches(at, size, extents)
        self._left = 0
        self._at: int | None = None
        self._name = name

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Read as much as there is room for, or fewer bytes up to where a hole begins or ends."""
        view = memoryview(buffer)
        while not self._left:
            stretch = next(self._stretches, None)
            if stretch is None:
                return 0
            self._left, self._at = stretch
        count = min(len(view), self._left)
        if self._at is None:
            view[:count] = bytes(count)
        elif count:
            count = self._data.read(self._at, [view[:count]], self._name)
            self._at += count
        self._left -= count
        return count


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class LayerFiles(Protocol):
    """The contents of a layer, and the data of its files."""

    index: LayerIndex

    def data_of(self, entry: LayerEntry) -> DataId:
        """Return what stands for the data of a file of the index: where it is equal, the data are."""

    def open(self, entry: LayerEntry) -> BinaryIO:
        """Open the data of a file of the index, unbuffered.

        Raises:
            UnreadablePathError: it no longer exists.
            MalformedImageError: the layer is damaged.
        """


def same_files(
    one: LayerFiles, old: LayerEntry, other: LayerFiles, new: LayerEntry, progress: Progress
) -> bool:
    """Return whether two files of one size have the same data, which are read where nothing else shows it.

    Raises:
        UnreadablePathError: one no longer exists.
        MalformedImageError: a layer is damaged.
        Cancelled: the user stopped it.
    """
    if one.data_of(old) == other.data_of(new):
        return True
    with one.open(old) as before, other.open(new) as after:
        return same_data(before, after, new.size, progress)


class EntryFiles:
    """The files of a layer that is made of entries, like store paths, or links at the root.

    Attributes:
        index: its contents; nothing is hashed: the size of the tar is 0, diff_id and digests are empty.

    Args:
        entries: the files.
        contents: where their data come from; None where there are only links and directories.
        stamp: owner and time of the files.
        owners: numbers of user and group of the files that have others than the usual, by name.
    """

    def __init__(
        self,
        entries: Sequence[FileEntry],
        contents: Contents | None,
        stamp: Stamp,
        owners: Mapping[bytes, tuple[int, int]] = MappingProxyType({}),
    ) -> None:
        self._entries = entries
        self._contents = contents
        made = (
            LayerEntry(
                entry.name,
                _KINDS[entry.kind],
                entry.mode,
                *owners.get(entry.name, (stamp.uid, stamp.gid)),
                entry.size,
                stamp.mtime,
                entry.target,
                b"",
                at,  # the data of an entry are found by its place
            )
            for at, entry in enumerate(entries)
        )
        self.index = LayerIndex(tuple(made), 0, "")

    def data_of(self, entry: LayerEntry) -> DataId:
        """Return the contents, and where they find the data."""
        found = self._entries[entry.offset]
        return self._contents, (found.name, found.source)

    def open(self, entry: LayerEntry) -> BinaryIO:
        """Open the data of a file."""
        assert self._contents is not None  # noqa: S101  a layer with files has contents
        return self._contents.open(self._entries[entry.offset])


class StoredFiles:
    """The files of a stored layer.

    Attributes:
        index: its contents.
    """

    def __init__(self, layer: StoredLayer, index: LayerIndex) -> None:
        self.index = index
        self._diff_id = layer.diff_id
        self._data = LayerData([layer], [index.size])

    def data_of(self, entry: LayerEntry) -> DataId:
        """Return the diff_id of the layer, and where the data of a file begin in its tar."""
        return self._diff_id, entry.offset

    def open(self, entry: LayerEntry) -> BinaryIO:
        """Open the data of a file; a compressed layer is unpacked once."""
        return cast("BinaryIO", Window(self._data, entry.offset, entry.size, entry.name, entry.extents))


def copied_from(layers: Mapping[int, LayerFiles], progress: Progress) -> Copy:
    """Return what `extract_tree` copies data by, out of these layers.

    It raises UnreadablePathError if a file is gone, or its size has changed.
    """

    def copy(layer: int, wanted: Sequence[Wanted]) -> None:
        for entry, target in wanted:
            with layers[layer].open(entry) as source, new_file(target) as file:
                left = entry.size
                while data := source.read(PIECE):
                    check(progress)
                    left -= len(data)
                    view = memoryview(data)
                    while view:
                        view = view[file.write(view) :]
                    progress.advance(len(data))
                if left:
                    name = os.fsdecode(entry.name)
                    raise UnreadablePathError(f"{name}: its size changed while it was read")

    return copy
