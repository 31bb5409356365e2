"""How tests wait for what a thread or another process does: until it is done, however busy the machine is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 300
"""Seconds after which it is taken never to come."""


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds, and fail if it never does."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.01)


def gone(*pids: int) -> None:
    """Wait until none of some processes is at work any more; Linux only."""
    until(lambda: not any(map(_lives, pids)))


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
