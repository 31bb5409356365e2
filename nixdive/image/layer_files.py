"""The files of one layer, with their data: of a layer to be made of store paths, or of one that is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from nixdive.contents.entry import EntryKind, Kind, LayerEntry
from nixdive.contents.layer_index import LayerIndex
from nixdive.image.layer_data import LayerData, Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from nixdive.contents.entry import Contents, FileEntry
    from nixdive.image.readers.stored import StoredLayer
    from nixdive.image.spec import Stamp

_KINDS = {
    Kind.FILE: EntryKind.FILE,
    Kind.SYMLINK: EntryKind.SYMLINK,
    Kind.DIRECTORY: EntryKind.DIRECTORY,
}


class LayerFiles(Protocol):
    """What is in a layer, and the data of its files."""

    index: LayerIndex

    def name_of(self, entry: LayerEntry) -> bytes:
        """Return the name of an entry of the index, whatever it is shown as."""

    def open(self, entry: LayerEntry) -> BinaryIO:
        """Open the data of a file of the index, unbuffered.

        Raises:
            UnreadablePathError: it is not there any longer.
            MalformedImageError: the layer is damaged.
        """


class EntryFiles:
    """The files of a layer that is made of entries, like store paths, or links at the root.

    Attributes:
        index: what is in it; nothing is hashed, so that size and diff_id of the tar are 0 and empty.

    Args:
        entries: the files.
        contents: where their data come from; None where there are only links and directories.
        stamp: whose the files are, and of what time.
        digests: of those files of which it is known.
    """

    def __init__(
        self,
        entries: Sequence[FileEntry],
        contents: Contents | None,
        stamp: Stamp,
        digests: Mapping[bytes, bytes],
    ) -> None:
        self._entries = entries
        self._contents = contents
        made = (
            LayerEntry(
                entry.name,
                _KINDS[entry.kind],
                entry.mode,
                stamp.uid,
                stamp.gid,
                entry.size,
                stamp.mtime,
                entry.target,
                digests.get(entry.name, b""),
                at,  # the data of an entry are found by its place
            )
            for at, entry in enumerate(entries)
        )
        self.index = LayerIndex(tuple(made), 0, "")

    def name_of(self, entry: LayerEntry) -> bytes:
        """Return the name of an entry."""
        return self._entries[entry.offset].name

    def open(self, entry: LayerEntry) -> BinaryIO:
        """Open the data of a file."""
        assert self._contents is not None  # noqa: S101  a layer with files has contents
        return self._contents.open(self._entries[entry.offset])


class StoredFiles:
    """The files of a stored layer.

    Attributes:
        index: what is in it.
    """

    def __init__(self, layer: StoredLayer, index: LayerIndex) -> None:
        self.index = index
        self._data = LayerData([layer], [index.size])

    def name_of(self, entry: LayerEntry) -> bytes:
        """Return the name of an entry."""
        return entry.name

    def open(self, entry: LayerEntry) -> BinaryIO:
        """Open the data of a file; a compressed layer is unpacked once."""
        return cast("BinaryIO", Window(self._data, entry.offset, entry.size, entry.name, entry.extents))
