"""The cache of the user: where it is and how big it may be, as the environment and config.toml say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.cache.folder import Folder
from nixdive.cache.layers import LayerCache
from nixdive.errors import CacheError
from nixdive.places import cache_folder
from nixdive.sizes import size_in
from nixdive.user_settings import settings, where

if TYPE_CHECKING:
    from collections.abc import Callable

SETTING = "cache-size"
USUAL_LIMIT = 2 * 10**9


class CachePlace(NamedTuple):
    """Where the cache of a user is.

    Attributes:
        folder: the directory; None for a user without a home.
        limit: bytes of the blobs in it; 0 means no cache.
    """

    folder: Path | None
    limit: int


def cache_place(tell: Callable[[str], None]) -> CachePlace:
    """Return where the cache is: in NIXDIVE_CACHE_DIR, else where the system keeps caches.

    Args:
        tell: is given what is wrong with the setting in config.toml.
    """
    named = os.environ.get("NIXDIVE_CACHE_DIR")
    return CachePlace(Path(named).absolute() if named else cache_folder(), _limit(tell))


def user_cache(tell: Callable[[str], None]) -> LayerCache | None:
    """Return the cache of the user, or None if there is to be none, or it cannot be used.

    Args:
        tell: is given a line where it cannot be used, now or later.
    """
    place = cache_place(tell)
    if place.folder is None or not place.limit:
        return None
    try:
        return LayerCache(Folder.open(place.folder), place.limit, tell)
    except CacheError as error:
        tell(f"no cache: {error}")
        return None


def limit_of(value: Any) -> int | None:
    """Return the bytes that a value of the setting names, or None if it names none."""
    if isinstance(value, str):
        return size_in(value)
    return value if type(value) is int and value >= 0 else None


def _limit(tell: Callable[[str], None]) -> int:
    limit = limit_of(settings(SETTING).get(SETTING, USUAL_LIMIT))
    if limit is None:
        tell(f'{where()}: {SETTING} must be a size like "2 GB", or 0')
        return USUAL_LIMIT
    return limit
