"""Where an interrupt has to wait: tidying up is never ended half-way, nor skipped.

Python calls the handler of a signal between any two instructions of the main thread, and what the handler
raises is raised there: also in the last lines of a function that removes what is left, or before its first;
and while a module is loaded, where Python makes other errors of it.

It also does so right after a call of what is no Python function. Where that call has taken a lock, nobody
gives the lock back: the `try` is not reached yet, nor, since Python 3.14, the block of a `with`; and what is
tidied up next may wait for that lock for ever.
"""

from __future__ import annotations

import sys
from opcode import opname
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any

    Function = TypeVar("Function", bound=Callable[..., Any])

# in their code it is settled whether a context is left, whether what finalizes a value has been called, and
# whether a lock is held that other threads wait for
_BETWEEN = frozenset(
    {"contextlib", "weakref", "threading", "queue", "concurrent.futures._base", "concurrent.futures.thread"}
)
# where they wait for other threads, they put up with being interrupted, but for one call: `wait` gives back a
# lock that whoever called it gives back as well, and has not begun to see to it that it is taken again
_WAITING = frozenset({"wait", "join", "_wait_for_tstate_lock"})
_GIVING = "_release_save"
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
        return frame.f_code.co_name not in _WAITING or _called(frame) == _GIVING
    while frame is not None:
        if frame.f_code in _WHOLE or frame.f_globals.get("__name__") == _LOADER:
            return True
        frame = frame.f_back
    return False


def takes(frame: FrameType | None) -> bool:
    """Return whether a frame is at a call that takes a lock, or enters another context.

    What it takes may be taken, and nothing sees to it yet that it is given back. Or it is still waited for,
    which looks the same: an interrupt should be put off for a while only.

    Args:
        frame: where the main thread is, and whose interrupt need not wait otherwise.
    """
    if frame is None or frame.f_globals.get("__name__") in _BETWEEN:
        return False
    return _called(frame) in {"__enter__", "acquire"}


def _called(frame: FrameType) -> str:
    """Return the name of the attribute that a frame is calling, or "" where it is at no call.

    It is the last that was looked up before, unless there is one among the arguments. The documentation of
    `dis` has the instructions; each is two bytes, and those that Python keeps between them are zeros in
    `co_code`.
    """
    code, at = frame.f_code.co_code, frame.f_lasti
    if at < 0 or not opname[code[at]].startswith(("CALL", "PRECALL")):
        return ""
    for before in range(at - 2, -1, -2):
        match opname[code[before]]:
            case "LOAD_SPECIAL":
                return "__enter__" if before == at - 2 else ""  # else the context is left
            case "LOAD_ATTR" | "LOAD_METHOD" as kind:
                number = code[before + 1]
                if before and opname[code[before - 2]] == "EXTENDED_ARG":
                    number |= code[before - 1] << 8
                names = frame.f_code.co_names
                number >>= kind == "LOAD_ATTR" and sys.version_info >= (3, 12)  # the lowest bit: of a method
                return names[number] if number < len(names) else ""
    return ""
