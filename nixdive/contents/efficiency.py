"""What an image wastes: dive's figures, and what could really be saved.

dive's formula and its oddities are kept, so that thresholds keep their meaning: it counts all copies of a
repeated file as wasted, not all but one, and nothing for a directory that is removed.

Most names of an image are said once, and nothing removes them: trees are made of the others alone.
"""

from __future__ import annotations

from collections import defaultdict
from math import inf, nan
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.dive_tree import Node, Visit, found, layer_tree, stack, visits
from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import data_of, stacked
from nixdive.contents.layer_index import LayerIndex
from nixdive.contents.overlap import Touched, named, touched

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Inefficient(NamedTuple):
    """A path that several layers contain.

    Attributes:
        path: its absolute name.
        copies: how many layers contain or remove it.
        size: bytes of all copies.
    """

    path: bytes
    copies: int
    size: int


class Efficiency(NamedTuple):
    """dive's figures; sizes are bytes of file data, without tar headers.

    Attributes:
        score: the smallest copies of all paths as a share of all copies; 1.0 where there are no bytes.
        wasted_bytes: bytes of all inefficient paths.
        user_wasted_percent: wasted_bytes as a share (0.1 is a tenth) of user_size; NaN if both are 0,
            infinite if only user_size is.
        size: bytes in all layers.
        user_size: bytes in all layers except the lowest.
        files: the inefficient paths, largest first.
    """

    score: float
    wasted_bytes: int
    user_wasted_percent: float
    size: int
    user_size: int
    files: tuple[Inefficient, ...]


class _Copies:
    """The copies of all paths found so far.

    Attributes:
        first: bytes of the first copy of each path.
        more: how many copies there are of a path with several, their bytes, and those of the smallest.
        never: paths at which dive abandoned a layer, as long as there is no copy: to dive, the smallest has
            -1 bytes then.
    """

    def __init__(self) -> None:
        self.first: dict[bytes, int] = {}
        self.more: dict[bytes, tuple[int, int, int]] = {}
        self.never: set[bytes] = set()

    def add(self, leaves: dict[bytes, int]) -> None:
        """Count what a layer has under some paths."""
        again = {path: self.first[path] for path in self.first.keys() & leaves.keys()}
        for path, first in again.items():
            count, total, least = self.more.get(path, (1, first, first))
            self.more[path] = (count + 1, total + leaves[path], min(least, leaves[path]))
        self.first.update(leaves)
        self.first.update(again)
        if self.never:
            self.never -= leaves.keys()

    def abandon(self, path: bytes) -> None:
        """Count a removal of what is not there."""
        if path not in self.first:
            self.never.add(path)

    def files(self) -> list[Inefficient]:
        """Return the paths with several copies, largest first."""
        several = (Inefficient(path, count, total) for path, (count, total, _) in self.more.items())
        return sorted(several, key=lambda file: (-file.size, file.path))

    def sums(self) -> tuple[int, int]:
        """Return the bytes of the smallest copies of all paths, and those of all copies."""
        once = sum(self.first.values())
        least = sum(least - self.first[path] for path, (_, _, least) in self.more.items())
        total = sum(total - self.first[path] for path, (_, total, _) in self.more.items())
        return once + least - len(self.never), once + total


def efficiency(indexes: Sequence[LayerIndex]) -> Efficiency:
    """Return dive's figures of an image (dive/filetree/efficiency.go, dive/image/analysis.go)."""
    copies = _Copies()
    removing = [EntryKind.WHITEOUT in index.kinds for index in indexes]
    names = (entry.name for index in indexes for entry in index.entries if entry.kind is EntryKind.WHITEOUT)
    removed = Touched.of(names) if any(removing) else None
    # dive looks up the removals of the lowest layer in that layer itself
    lower = layer_tree(_only(indexes[0], removed)) if removed is not None else Node()
    for i, index in enumerate(indexes):
        if removing[i] or not named(index):
            for visit in _leaves(layer_tree(index)):
                size = _size(visit, lower)
                if size is None:
                    copies.abandon(visit.path)
                    break  # dive abandons the layer if there is nothing to remove
                copies.add({visit.path: size})
        else:
            copies.add(_sizes(index))
        if removed is not None and i + 1 < len(indexes) and (i > 0 or removing[i]):
            stack(lower, layer_tree(_only(index, removed)))
    files = copies.files()
    smallest, total = copies.sums()
    wasted = sum(file.size for file in files)
    sizes = [index.file_bytes for index in indexes]
    user = sum(sizes[1:])
    return Efficiency(
        smallest / total if total else 1.0, wasted, _share(wasted, user), sum(sizes), user, tuple(files)
    )


def _leaves(tree: Node) -> Iterator[Visit]:
    return (visit for visit in visits(tree) if not visit.node.children)


def _sizes(index: LayerIndex) -> dict[bytes, int]:
    """Return the bytes of all names that have nothing below them, in a layer that removes nothing."""
    sizes = {entry[0]: entry[5] for entry in index.entries}
    for folder in index.parents:
        sizes.pop(folder, None)
    sizes.pop(b"/", None)
    return sizes


def _only(index: LayerIndex, names: Touched | None) -> LayerIndex:
    """Return a layer with some of its names alone."""
    if names is None:
        return index
    return LayerIndex(tuple(entry for entry in index.entries if entry[0] in names), index.size, index.diff_id)


def _size(visit: Visit, lower: Node) -> int | None:
    """Return the bytes that dive counts for a leaf; None if dive fails there."""
    if not visit.is_whiteout:
        return visit.node.size
    removed = found(lower, visit.path)
    if removed is None:
        return None
    is_folder = removed.entry is not None and removed.entry.kind is EntryKind.DIRECTORY
    return removed.subtree_size() if is_folder else 0


def _share(part: int, whole: int) -> float:
    if whole:
        return part / whole
    return inf if part else nan


class Hidden(NamedTuple):
    """Copies of a file that are hidden in the image.

    Attributes:
        path: its absolute name.
        layers: the indices of the layers that contain them.
        size: bytes of their data.
    """

    path: bytes
    layers: tuple[int, ...]
    size: int


def hidden(indexes: Sequence[LayerIndex]) -> tuple[Hidden, ...]:
    """Return the files whose data is shipped for nothing, largest first.

    A file with hard links is visible as long as one of its names is. The sum of all bytes is how much
    smaller the image could be, before compression and without tar headers.

    Args:
        indexes: the layers, lowest first.
    """
    names = touched(indexes)
    if not names:
        return ()
    indexes = [_concerned(index, names) for index in indexes]
    tree = stacked(indexes)
    shown = {
        (data.layer, id(data.entry))
        for placed in tree.files.values()
        if (data := data_of(placed)) is not None
    }
    found: defaultdict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for layer, index in enumerate(indexes):
        for entry in index.entries:
            if entry.size and (layer, id(entry)) not in shown:
                found[entry.name].append((layer, entry.size))
    files = [
        Hidden(path, tuple(layer for layer, _ in copies), sum(size for _, size in copies))
        for path, copies in found.items()
    ]
    return tuple(sorted(files, key=lambda file: (-file.size, file.path)))


def _concerned(index: LayerIndex, names: Touched) -> LayerIndex:
    """Return a layer with what may be hidden or hide something alone, and with the links to it."""
    kept = tuple(
        entry
        for entry in index.entries
        if entry[0] in names or (entry[1] is EntryKind.HARDLINK and entry.target in names)
    )
    return LayerIndex(kept, index.size, index.diff_id)
