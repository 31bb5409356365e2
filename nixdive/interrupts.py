"""Where an interrupt has to wait: tidying up is never ended half-way, nor skipped.

Python calls the handler of a signal between any two instructions of the main thread, and what the handler
raises is raised there: also in the last lines of a function that removes what is left, or before its first;
and while a module is loaded, where Python makes other errors of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any

    Function = TypeVar("Function", bound=Callable[..., Any])

# in their code it is settled whether a context is left, whether what finalizes a value has been called, and
# whether a lock is held that other threads wait for
_BETWEEN = frozenset({"contextlib", "weakref", "threading", "queue", "concurrent.futures.thread"})
# where they wait for other threads, they put up with being interrupted
_WAITING = frozenset({"wait", "join", "_wait_for_tstate_lock"})
_LOADER = "importlib._bootstrap"
_WHOLE: set[CodeType] = set()


def whole(function: Function) -> Function:
    """Return a function, whose calls an interrupt ends neither half-way nor before their first line.

    It has to be quick: whoever interrupts waits for it.
    """
    _WHOLE.add(function.__code__)
    return function


def waits(frame: FrameType | None) -> bool:
    """Return whether an interrupt must not be raised in a frame yet.

    Args:
        frame: where the main thread is, as a handler of signals is given it.
    """
    if frame is not None and frame.f_globals.get("__name__") in _BETWEEN:
        return frame.f_code.co_name not in _WAITING
    while frame is not None:
        if frame.f_code in _WHOLE or frame.f_globals.get("__name__") == _LOADER:
            return True
        frame = frame.f_back
    return False
