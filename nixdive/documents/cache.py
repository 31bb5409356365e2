"""The cache of layers: the JSON document nixdive.cache/1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nixdive.cache.care import CacheState, Removed
    from nixdive.cache.user import CachePlace


def cache_document(place: CachePlace, state: CacheState, removed: Removed | None = None) -> dict[str, Any]:
    """Return what is in a cache; sizes in bytes, the time in seconds since 1970.

    Args:
        place: where it is.
        state: what is in it now.
        removed: what has just been removed, or None where nothing was to be.
    """
    return {
        "format": "nixdive.cache/1",
        "folder": None if place.folder is None else str(place.folder),
        "limit": place.limit,
        "layers": state.layers,
        "blobs": state.blobs,
        "bytes": state.size,
        "oldest_use": state.oldest,
        "indexes": {"layers": state.indexes, "bytes": state.index_size},
        "removed": None
        if removed is None
        else {"blobs": removed.blobs, "bytes": removed.size, "damaged": removed.damaged},
    }
