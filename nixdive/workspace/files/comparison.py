"""What the files of layers are compared with, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from nixdive.contents.difference import Change, Listing, placed
from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import FileTree, Placed, data_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.contents.efficiency import Efficiency, Hidden
    from nixdive.image.stored.layer_files import LayerFiles


@dataclass(frozen=True, slots=True)
class Extent:
    """Two stacks of layers, as dive's bar beside the layers shows them.

    Attributes:
        below: the layers that are compared with.
        here: the layers whose files are shown.
    """

    below: range
    here: range

    def mark(self, layer: int) -> str:
        """Return "here", "below" or nothing for a layer."""
        return "here" if layer in self.here else "below" if layer in self.below else ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the user wants to see of the files.

    Attributes:
        baseline: whether they are compared with the earlier version where that can be, else with the layers
            below, as dive does.
        whole: whether all layers from the first to the selected one count, or that one alone.
        start: the layer after which the image is compared with the selected one, or None.
    """

    baseline: bool = True
    whole: bool = False
    start: int | None = None

    def alone(self) -> Comparison:
        """Return the comparison of the selected layer alone."""
        return replace(self, whole=False, start=None)

    def all(self) -> Comparison:
        """Return the comparison of all layers from the first to the selected one."""
        return replace(self, whole=True, start=None)

    def toggled(self) -> Comparison:
        """Return the other one of the two."""
        return self.alone() if self.whole or self.start is not None else self.all()

    def extent(self, layer: int, *, baseline: bool) -> Extent:
        """Return the layers that it concerns.

        Args:
            layer: the selected layer.
            baseline: whether there is an earlier version to compare with.
        """
        if self.start is not None:
            low, high = sorted((self.start, layer))
            return Extent(range(low + 1), range(low + 1, high + 1))
        if not self.whole:
            return Extent(range(layer), range(layer, layer + 1))
        if baseline and self.baseline:
            return Extent(range(0), range(layer + 1))
        return Extent(range(1), range(1, layer + 1))


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
        unread: layers, among those shown and those below, that cannot be read: their files are missing.
        unread_before: those of the earlier version.
    """

    listing: Listing
    extent: Extent
    against: str | None
    missing: int = 0
    lost: int = 0
    after: Mapping[int, LayerFiles] = field(default_factory=dict)
    before: Mapping[int, LayerFiles] = field(default_factory=dict)
    olds: Mapping[bytes, bytes] = field(default_factory=dict)
    unread: tuple[int, ...] = ()
    unread_before: tuple[int, ...] = ()

    def data(self, name: bytes) -> Placed | None:
        """Return the file whose data a name shows; None where it is not a file, or a link to nothing."""
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
        unread: layers that cannot be read, which all figures lack.
    """

    figures: Efficiency
    hidden: tuple[Hidden, ...]
    files: int
    missing: int
    unread: tuple[int, ...] = ()

    @property
    def reclaimable(self) -> int:
        """Bytes of the files that nobody sees."""
        return sum(file.size for file in self.hidden)
