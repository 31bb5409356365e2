"""Seconds and memory of commands, each with a limit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

ROUNDS = 3
# The peak of a process counts what its parent had when it started it: a small one starts what is measured.
_STARTER = """
import json, os, sys, time
began = time.perf_counter()
if not (child := os.fork()):
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(child, 0)
figures = time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss
os.write(int(sys.argv[1]), json.dumps(figures).encode())
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
"""


class LateError(Exception):
    """Something took longer than it may."""


class Took(NamedTuple):
    """What something took.

    Attributes:
        seconds: by the clock.
        processor: seconds of processors, of all that was started: a busy machine changes them less.
    """

    seconds: float
    processor: float

    def least(self, other: Took | None) -> Took:
        """Return the less of both, of either kind."""
        return self if other is None else Took(*map(min, self, other))


@dataclass(frozen=True)
class Run:
    """A run of a command: its seconds, those of processors, the peak of memory in bytes, what it printed."""

    seconds: float
    processor: float
    memory: int
    out: str

    @property
    def took(self) -> Took:
        """What it took."""
        return Took(self.seconds, self.processor)


def once(words: Sequence[str | Path], *, limit: float = 300, env: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end.

    Raises:
        LateError: it was still running after so many seconds, and was killed with all that it started.
        RuntimeError: it failed.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as used:
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", _STARTER, str(used.fileno()), *(str(word) for word in words)],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(env or {})},  # as a user starts it
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            pass_fds=(used.fileno(),),
            start_new_session=True,
        )
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise LateError(f"over {limit:.0f} s") from None
        out.seek(0)
        used.seek(0)
        printed, figures = out.read().decode("utf-8", "replace"), used.read()
    if process.returncode or not figures:
        line = (printed.strip() or "nothing").splitlines()[-1]
        raise RuntimeError(f"{words[0]} ended with {process.returncode}: {line[:200]}")
    seconds, processor, memory = json.loads(figures)
    return Run(seconds, processor, memory << 10, printed)


def by_turns(sides: Mapping[str, Callable[[], Took]], rounds: int = ROUNDS) -> dict[str, Took | Exception]:
    """Return the least that each side took; the sides take turns, and one that fails once is left out."""
    fastest: dict[str, Took | Exception] = {}
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
                fastest[name] = took.least(known)
    return fastest
