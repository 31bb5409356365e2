"""The files of layers beside what they are compared with, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nixdive.contents.difference import Change, Listing, placed
from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import FileTree, data_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from nixdive.contents.efficiency import Efficiency, Hidden
    from nixdive.contents.file_tree import Placed
    from nixdive.image.layer_files import LayerFiles
    from nixdive.workspace.files.comparison import Extent


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of the files of some layers.

    Attributes:
        listing: the names.
        extent: the layers it is of.
        against: the name of the earlier version, or None where it is about the layers below.
        missing: how many store paths of the layers are not on this machine.
        lost: how many earlier store paths that changed are not.
        after: the layers by their index in the plan.
        before: those of the earlier version; the store paths are under -1. Empty where there is none.
        olds: for store paths that are another one than before, both as names: the earlier one by the new one.
    """

    listing: Listing
    extent: Extent
    against: str | None
    missing: int = 0
    lost: int = 0
    after: Mapping[int, LayerFiles] = field(default_factory=dict)
    before: Mapping[int, LayerFiles] = field(default_factory=dict)
    olds: Mapping[bytes, bytes] = field(default_factory=dict)

    def data(self, name: bytes) -> Placed | None:
        """Return the file whose data a name shows; None where it is no file, or a link to nothing."""
        return data_of(placed(self.listing.found[name]))

    def open(self, name: bytes) -> BinaryIO | None:
        """Open the data that a name shows; raises as LayerFiles.open."""
        found = self.data(name)
        if found is None:
            return None
        return self.files(name)[found.layer].open(found.entry)

    def files(self, name: bytes) -> Mapping[int, LayerFiles]:
        """Return the layers that hold the data of a name."""
        gone = self.listing.found[name].change is Change.REMOVED
        return self.before if gone and self.against is not None else self.after

    def tree(self, top: bytes) -> FileTree:
        """Return what lies at a name and below it; of what is there, without what was removed."""
        found = self.listing.found
        gone = found[top].change is Change.REMOVED
        names = [top, *self.listing.below(top)]
        kept = {
            name: placed(found[name]) for name in names if gone or found[name].change is not Change.REMOVED
        }
        below = {
            name: [child for child in self.listing.children.get(name, ()) if child in kept]
            for name, one in kept.items()
            if one.entry.kind is EntryKind.DIRECTORY
        }
        return FileTree(kept, below)


@dataclass(frozen=True, slots=True)
class Waste:
    """What an image ships for nothing.

    Attributes:
        figures: dive's.
        hidden: the files that nobody sees, most bytes first.
        files: how many files there are in all layers.
        missing: how many store paths could not be looked at.
    """

    figures: Efficiency
    hidden: tuple[Hidden, ...]
    files: int
    missing: int

    @property
    def reclaimable(self) -> int:
        """Bytes of the files that nobody sees."""
        return sum(file.size for file in self.hidden)
