"""Seconds and memory of commands, each with a limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

ROUNDS = 3
NIXDIVE = (sys.executable, "-m", "nixdive")


class LateError(Exception):
    """Something took longer than it may."""


@dataclass(frozen=True)
class Run:
    """A run of a command: its seconds, the peak of its memory in bytes, and what it printed."""

    seconds: float
    memory: int
    out: str


def once(words: Sequence[str | Path], *, limit: float = 300, env: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end.

    Raises:
        LateError: it was still running after so many seconds, and was killed with all that it started.
        RuntimeError: it failed.
    """
    late = threading.Event()
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in words],
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

        def end() -> None:
            late.set()
            os.killpg(process.pid, signal.SIGKILL)

        clock = threading.Timer(limit, end)
        clock.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        clock.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        printed = out.read().decode("utf-8", "replace")
    if late.is_set():
        raise LateError(f"over {limit:.0f} s")
    if process.returncode:
        line = (printed.strip() or "nothing").splitlines()[-1]
        raise RuntimeError(f"{words[0]} ended with {process.returncode}: {line[:200]}")
    return Run(seconds, used.ru_maxrss << 10, printed)


def by_turns(sides: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, float | Exception]:
    """Return the fastest seconds of each side; the sides take turns, and one that fails once is left out."""
    fastest: dict[str, float | Exception] = {}
    for _ in range(rounds):
        for name, side in sides.items():
            known = fastest.get(name)
            if isinstance(known, Exception):
                continue
            try:
                took = side()
            except (LateError, RuntimeError) as error:
                fastest[name] = error
            else:
                fastest[name] = took if known is None else min(known, took)
    return fastest
