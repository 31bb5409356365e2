"""Time and owner of the entries of store layers, as they were found."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from nixdive.image.spec import Stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.found import FoundLayer
    from nixdive.image.readers.stored import StoredImage, StoredLayer
    from nixdive.image.store_names import StoreNames


def stamp_of(stored: StoredImage, found: Sequence[FoundLayer], names: Sequence[StoreNames]) -> Stamp | None:
    """Return the stamp of the lowest store layer that can be laid out anew, or None where there is none."""
    for layer, kept, what in zip(stored.layers, found, names, strict=True):
        if kept.free and what.owner is not None:
            uid, gid, mtime = what.owner
            return Stamp(mtime, uid, gid, *_names(layer))
    return None


def _names(layer: StoredLayer) -> tuple[str, str]:
    """Return the names of owner and group in the first header of a layer."""
    head = next(layer.tar(), b"")[: tarfile.BLOCKSIZE]
    try:
        first = tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.TarError:
        return "", ""
    return first.uname, first.gname
