"""The store paths of a layer: what lies right in the store, and how many bytes of files each has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nixdive.contents.entry import EntryKind
from nixdive.store.path import STORE_DIR, StorePath

if TYPE_CHECKING:
    from nixdive.contents.layer_index import LayerIndex

_STORE = os.fsencode(STORE_DIR) + b"/"
_TAKES = frozenset({EntryKind.WHITEOUT, EntryKind.OPAQUE})


def store_paths(index: LayerIndex) -> dict[StorePath, int]:
    """Return the store paths of which a layer has files, with the bytes of these files, sorted.

    What lies in the store but has no name of a store path is left out.
    """
    sizes: dict[bytes, int] = {}
    for entry in index.entries:
        if entry.name.startswith(_STORE) and entry.kind not in _TAKES:
            top = entry.name.split(b"/", 4)[3]
            sizes[top] = sizes.get(top, 0) + entry.size
    found = {}
    for top, size in sorted(sizes.items()):
        try:
            found[StorePath.parse(f"{STORE_DIR}/{os.fsdecode(top)}")] = size
        except ValueError:
            continue
    return found
