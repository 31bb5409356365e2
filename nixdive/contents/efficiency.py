"""What an image wastes: dive's figures, and what could really be saved.

dive's formula and its oddities are kept, so that thresholds keep their meaning: it counts all copies of a
repeated file as wasted, not all but one, and nothing for a directory that is removed.
"""

from __future__ import annotations

from collections import defaultdict
from math import inf, nan
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.dive_tree import Node, Visit, found, layer_tree, stack, visits
from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import FileTree, data_of, stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.contents.layer_index import LayerIndex


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


class _Seen:
    """The copies of one path found so far."""

    __slots__ = ("bytes", "count", "smallest")

    def __init__(self) -> None:
        self.bytes = 0
        self.count = 0
        self.smallest = -1


def efficiency(indexes: Sequence[LayerIndex]) -> Efficiency:
    """Return dive's figures of an image (dive/filetree/efficiency.go, dive/image/analysis.go)."""
    seen: dict[bytes, _Seen] = {}
    inefficient: list[bytes] = []
    # dive looks up the removals of the lowest layer in that layer itself
    lower = layer_tree(indexes[0]) if indexes and (len(indexes) > 1 or _removes(indexes[0])) else Node()
    for i, index in enumerate(indexes):
        tree = layer_tree(index)
        for visit in visits(tree):
            if visit.node.children:
                continue
            one = seen.setdefault(visit.path, _Seen())
            size = _size(visit, lower)
            if size is None:
                break  # dive abandons the layer if there is nothing to remove
            one.bytes += size
            one.smallest = size if one.smallest < 0 else min(one.smallest, size)
            one.count += 1
            if one.count == 2:
                inefficient.append(visit.path)
        if i + 1 < len(indexes) and (i > 0 or _removes(index)):
            stack(lower, tree)
    files = sorted(
        (Inefficient(path, seen[path].count, seen[path].bytes) for path in inefficient),
        key=lambda file: (-file.size, file.path),
    )
    smallest = sum(one.smallest for one in seen.values())
    total = sum(one.bytes for one in seen.values())
    wasted = sum(file.size for file in files)
    sizes = [index.file_bytes for index in indexes]
    user = sum(sizes[1:])
    return Efficiency(
        smallest / total if total else 1.0, wasted, _share(wasted, user), sum(sizes), user, tuple(files)
    )


def _size(visit: Visit, lower: Node) -> int | None:
    """Return the bytes that dive counts for a leaf; None if dive fails there."""
    if not visit.is_whiteout:
        return visit.node.size
    removed = found(lower, visit.path)
    if removed is None:
        return None
    is_folder = removed.entry is not None and removed.entry.kind is EntryKind.DIRECTORY
    return removed.subtree_size() if is_folder else 0


def _removes(index: LayerIndex) -> bool:
    return any(entry.kind is EntryKind.WHITEOUT for entry in index.entries)


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


def hidden(indexes: Sequence[LayerIndex], tree: FileTree | None = None) -> tuple[Hidden, ...]:
    """Return the files whose data is shipped for nothing, largest first.

    A file with hard links is visible as long as one of its names is. The sum of all bytes is how much
    smaller the image could be, before compression and without tar headers.

    Args:
        indexes: the layers, lowest first.
        tree: the result of `stacked` for them, if it is available.
    """
    tree = tree or stacked(indexes)
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
