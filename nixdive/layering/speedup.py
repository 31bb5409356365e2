"""Whether the loops of searches are those that numba compiled."""

from __future__ import annotations

from importlib import import_module
from threading import Lock
from typing import Any

from nixdive.errors import CacheError

_KERNELS = {"churn": "nixdive.layering.churn.kernel", "fleet": "nixdive.layering.fleet.kernel"}
_LOADED: list[dict[str, Any]] = []  # the modules; none where they cannot be had
_ONE_AT_A_TIME = Lock()


def load() -> bool:
    """Have searches run compiled from now on, in this process; return whether they do.

    That takes half a second, and some ten once, to compile them. So it is for long searches. Nothing comes of
    it where numba is not installed, or where what is compiled cannot be kept, or others could change it.
    """
    with _ONE_AT_A_TIME:
        if not _LOADED:
            _LOADED.append(_kernels())
    return bool(_LOADED[0])


def kernel(folder: str = "churn") -> Any:
    """Return the module `kernel` of a folder where it is loaded, else None: then numpy does the same."""
    return _LOADED[0].get(folder) if _LOADED else None


def _kernels() -> dict[str, Any]:
    from nixdive.cache.compiled import Compiled  # noqa: PLC0415  what is not long needs neither
    from nixdive.cache.user import cache_place  # noqa: PLC0415

    cache = cache_place(lambda _: None).folder
    if cache is None:
        return {}
    try:
        from numba import config  # noqa: PLC0415  it is slow to load, and need not be there
    except ImportError:
        return {}
    compiled = Compiled(cache)
    try:
        folder = compiled.made()
    except CacheError:
        return {}
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        return _imported() or (_imported() if compiled.clear() else {})
    except OSError:
        return {}
    finally:
        config.CACHE_DIR = before


def _imported() -> dict[str, Any]:
    """Return the modules; none if what is kept is damaged, or nothing can be kept.

    numba unpickles what it has kept as it finds it, and damaged pickles can raise anything.
    """
    try:
        return {folder: import_module(name) for folder, name in _KERNELS.items()}
    except Exception:  # noqa: BLE001  as above
        return {}
