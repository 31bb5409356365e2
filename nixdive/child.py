"""Other programs: started without a shell or a terminal, heard through pipes, and ended with this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PDEATHSIG = 1  # linux/prctl.h: PR_SET_PDEATHSIG


def started(words: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that no key of the terminal reaches it.

    It is told to stop (SIGTERM) when the thread that started it ends, also when this process is killed.

    Args:
        words: the program and its arguments.

    Returns:
        The process; its output and errors are unbuffered pipes, and it has nothing to read.

    Raises:
        OSError: it cannot be started.
    """
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
        preexec_fn=bound(os.getpid()),  # noqa: PLW1509  it takes no lock
    )


def bound(parent: int) -> Callable[[], None] | None:
    """Return what a new process does before it becomes one that is told to stop (SIGTERM) with this one.

    That is nothing but two system calls, which take no lock; None where the system does not offer it.

    Args:
        parent: this process.
    """
    if sys.platform != "linux":
        return None
    from ctypes import CDLL, c_int, c_ulong  # noqa: PLC0415  it is slow to load

    prctl = CDLL(None).prctl
    prctl.argtypes = (c_int, c_ulong)

    def bind() -> None:
        prctl(_PDEATHSIG, signal.SIGTERM)  # SIGINT is ignored by what a shell runs in the background
        if os.getppid() != parent:  # it is gone already
            os._exit(1)

    return bind
