"""Whether the loops of searches are those that numba compiled."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from nixdive.errors import CacheError
from nixdive.progress import go_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.cache.compiled import Compiled

_KERNELS = {"churn": "nixdive.layering.churn.kernel", "fleet": "nixdive.layering.fleet.kernel"}
_LOADED: list[dict[str, Any]] = []  # the modules; none where they cannot be had
_ONE_AT_A_TIME = Lock()
_MANY = 500  # paths from which on a search for one image takes longer than the keys of a screen may
_LOOK = 0.1  # seconds between two looks at whether what is being compiled is still wanted
_COMPILES = f"""
import sys
sys.path[:] = sys.argv[1:]
from {__name__} import compile_idly
sys.exit(not compile_idly())
"""


class _NotKeptError(Exception):
    """Something would have to be compiled."""


def pays(paths: int) -> bool:
    """Whether a screen of so many paths is to have it loaded, beside what it does meanwhile."""
    return kernel() is None and paths >= _MANY


def load() -> bool:
    """Have searches run compiled from now on, in this process; return whether they do.

    That takes half a second, and some ten once, to compile them. So it is for long searches. Nothing comes of
    it where numba is not installed, or where what is compiled cannot be kept, or others could change it. A
    search that is under way goes on with it.
    """
    with _ONE_AT_A_TIME:
        if not _LOADED:
            _LOADED.append(_kernels(kept=False))
    return bool(_LOADED[0])


def load_kept() -> bool:
    """Do the same as `load` where that need not compile anything; return whether searches run compiled."""
    with _ONE_AT_A_TIME, suppress(_NotKeptError):
        if not _LOADED:
            _LOADED.append(_kernels(kept=True))
    return kernel() is not None


def load_beside() -> bool:
    """Do the same as `load`, but have another process compile: that would make the keys of a screen slow.

    That process takes only what nobody else wants of the processors, and ends with this thread.

    Raises:
        Cancelled: nobody wants it any more; what has been compiled by then is kept.
    """
    return load_kept() or (not _LOADED and _compiled_beside() and load_kept())


def kernel(folder: str = "churn") -> Any:
    """Return the module `kernel` of a folder where it is loaded, else None: then numpy does the same."""
    return _LOADED[0].get(folder) if _LOADED else None


def compile_idly() -> bool:
    """Compile while nobody else wants the processors, which is for a process of its own; return as `load`."""
    os.nice(19)
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    return load()


def _compiled_beside() -> bool:
    from subprocess import TimeoutExpired  # noqa: PLC0415  small plans need neither

    from nixdive.child import started  # noqa: PLC0415

    try:
        child = started([sys.executable, "-c", _COMPILES, *sys.path])
    except OSError:
        return False
    with child:
        try:
            while True:
                go_on()
                with suppress(TimeoutExpired):
                    child.communicate(timeout=_LOOK)
                    return child.returncode == 0
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
                if (compiled := _compiled()) is not None:
                    compiled.sweep()


def _compiled() -> Compiled | None:
    from nixdive.cache.compiled import Compiled  # noqa: PLC0415  what is not long needs neither
    from nixdive.cache.user import cache_place  # noqa: PLC0415

    cache = cache_place(lambda _: None).folder
    return None if cache is None else Compiled(cache)


def _kernels(*, kept: bool) -> dict[str, Any]:
    compiled = _compiled()
    if compiled is None:
        return {}
    try:
        from numba import config  # noqa: PLC0415  it is slow to load, and need not be there
    except ImportError:
        return {}
    try:
        folder = compiled.made(_sources())
    except (CacheError, OSError):
        return {}
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        with _only_kept() if kept else nullcontext():
            return _imported() or (_imported() if compiled.clear() else {})
    except OSError:
        return {}
    finally:
        config.CACHE_DIR = before


def _sources() -> list[bytes]:
    """Return the files of the modules, whose functions are compiled into each other; raises OSError."""
    specs = map(find_spec, _KERNELS.values())
    return [Path(spec.origin).read_bytes() for spec in specs if spec is not None and spec.origin is not None]


def _imported() -> dict[str, Any]:
    """Return the modules; none if what is kept is damaged, or nothing can be kept.

    numba unpickles what it has kept as it finds it, and damaged pickles can raise anything.
    """
    try:
        return {folder: import_module(name) for folder, name in _KERNELS.items()}
    except _NotKeptError:
        raise
    except Exception:  # noqa: BLE001  as above
        return {}


@contextmanager
def _only_kept() -> Iterator[None]:
    """Have numba raise _NotKeptError where it would compile."""
    from numba.core.event import Event, Listener, install_listener  # noqa: PLC0415  as above

    class Refuses(Listener):  # type: ignore[misc]  # numba says nothing of its types
        """Is told when numba begins to compile."""

        def on_start(self, _event: Event) -> None:
            raise _NotKeptError

        def on_end(self, _event: Event) -> None:
            pass

    with install_listener("numba:compile", Refuses()):
        yield
