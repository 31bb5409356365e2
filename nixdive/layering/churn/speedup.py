"""Whether the loops of the search are those that numba compiled."""

from __future__ import annotations

from importlib import import_module
from threading import Lock
from typing import Any

from nixdive.errors import CacheError

_LOADED: list[Any] = []  # the module, or None where it cannot be had
_ONE_AT_A_TIME = Lock()


def load() -> bool:
    """Have searches run compiled from now on, in this process; return whether they do.

    That takes half a second, and some ten once, to compile them. So it is for long searches. Nothing comes of
    it where numba is not installed, or where what is compiled cannot be kept, or others could change it.
    """
    with _ONE_AT_A_TIME:
        if not _LOADED:
            _LOADED.append(_kernel())
    return _LOADED[0] is not None


def kernel() -> Any:
    """Return the module `kernel` where it is loaded, else None: then numpy does the same."""
    return _LOADED[0] if _LOADED else None


def _kernel() -> Any:
    from nixdive.cache.compiled import Compiled  # noqa: PLC0415  what is not long needs neither
    from nixdive.cache.user import cache_place  # noqa: PLC0415

    cache = cache_place(lambda _: None).folder
    if cache is None:
        return None
    try:
        from numba import config  # noqa: PLC0415  it is slow to load, and need not be there
    except ImportError:
        return None
    compiled = Compiled(cache)
    try:
        folder = compiled.made()
    except CacheError:
        return None
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        return _imported() or (compiled.clear() and _imported()) or None
    except OSError:
        return None
    finally:
        config.CACHE_DIR = before


def _imported() -> Any:
    """Return the module; None if what is kept is damaged, or nothing can be kept.

    numba unpickles what it has kept as it finds it, and damaged pickles can raise anything.
    """
    try:
        return import_module("nixdive.layering.churn.kernel")
    except Exception:  # noqa: BLE001  as above
        return None
