"""The data of extracted files, copied out of layers that are open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nixdive.contents.data import PIECE
from nixdive.errors import UnreadablePathError
from nixdive.image.extract import new_file
from nixdive.progress import check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.extract import Copy, Wanted
    from nixdive.image.layer_files import LayerFiles
    from nixdive.progress import Progress


def copied_from(layers: Mapping[int, LayerFiles], progress: Progress) -> Copy:
    """Return what `extract_tree` copies data by, out of these layers.

    It raises UnreadablePathError where a file is gone, or has another size by now.
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
