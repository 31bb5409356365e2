"""What could be saved: bytes that an image ships and nobody sees: higher layers hide or remove them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.file_tree import stacked
from nixdive.contents.layer_entry import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nixdive.contents.file_tree import FileTree
    from nixdive.contents.layer_entry import LayerEntry
    from nixdive.contents.layer_index import LayerIndex


class Hidden(NamedTuple):
    """Copies of a file that nobody sees.

    Attributes:
        path: its absolute name.
        layers: the indices of the layers that hold them.
        size: bytes of their data.
    """

    path: bytes
    layers: tuple[int, ...]
    size: int


def hidden(indexes: Sequence[LayerIndex], tree: FileTree | None = None) -> tuple[Hidden, ...]:
    """Return the files whose data is shipped for nothing, most bytes first.

    A file with hard links in its layer is seen as long as one of its names is. The sum of all bytes is what
    the image could be smaller, before compression and without tar headers.

    Args:
        indexes: the layers, lowest first.
        tree: what `stacked` makes of them, if it is at hand.
    """
    tree = tree or stacked(indexes)
    found: defaultdict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for layer, index in enumerate(indexes):
        for entry in _unseen(index, layer, tree):
            found[entry.name].append((layer, entry.size))
    files = [
        Hidden(path, tuple(layer for layer, _ in copies), sum(size for _, size in copies))
        for path, copies in found.items()
    ]
    return tuple(sorted(files, key=lambda file: (-file.size, file.path)))


def _unseen(index: LayerIndex, layer: int, tree: FileTree) -> Iterator[LayerEntry]:
    """Yield the files of a layer that have data, and no name in the tree."""
    files: list[LayerEntry] = []
    seen: list[bool] = []
    named: dict[bytes, int] = {}
    for entry in index.entries:
        if entry.kind is EntryKind.FILE:
            number = len(files)
            files.append(entry)
            seen.append(False)
        elif entry.kind is EntryKind.HARDLINK and entry.target in named:
            number = named[entry.target]
        elif entry.kind in {EntryKind.WHITEOUT, EntryKind.OPAQUE}:
            continue
        else:
            named.pop(entry.name, None)
            continue
        named[entry.name] = number
        placed = tree.files.get(entry.name)
        if placed is not None and placed.layer == layer and placed.entry is entry:
            seen[number] = True
    return (entry for entry, is_seen in zip(files, seen, strict=True) if entry.size and not is_seen)
