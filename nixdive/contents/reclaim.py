"""What could be saved: bytes that an image ships and nobody sees: higher layers hide or remove them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.file_tree import data_of, stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.contents.file_tree import FileTree
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

    A file with hard links is seen as long as one of its names is. The sum of all bytes is what
    the image could be smaller, before compression and without tar headers.

    Args:
        indexes: the layers, lowest first.
        tree: what `stacked` makes of them, if it is at hand.
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
