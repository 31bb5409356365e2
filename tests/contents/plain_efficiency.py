"""dive's figures and hidden files, worked out name by name as dive and the specification say."""

from __future__ import annotations

from collections import defaultdict
from math import inf, nan
from typing import TYPE_CHECKING

from nixdive.contents.dive_tree import Node, Visit, found, layer_tree, stack, visits
from nixdive.contents.efficiency import Efficiency, Hidden, Inefficient
from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import data_of, stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.contents.layer_index import LayerIndex


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


def hidden(indexes: Sequence[LayerIndex]) -> tuple[Hidden, ...]:
    """Return the files whose data are shipped for nothing, largest first."""
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
