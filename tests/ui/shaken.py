"""What the screen does in the background begins late, ends late, or is done at once: tests hold all the same.

`NIXDIVE_SHAKE=7 pytest tests/ui` has it so by chance, with 7 as the seed.
"""

from __future__ import annotations

import os
import random
import threading
import time
from typing import TYPE_CHECKING, Any

from nixdive.ui.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable

_LATEST = 0.5  # seconds
_AT_ONCE, _WAITED = 0.25, 1.0  # the share of work that is waited for; so many seconds, for it may never end

_chance, _lock = random.Random(os.environ.get("NIXDIVE_SHAKE")), threading.Lock()


def _throw() -> float:
    with _lock:
        return _chance.random()


def _late(method: Callable[..., None]) -> Callable[..., None]:
    """Call something after a while: mostly none, now and then a long one."""

    def called(*values: Any) -> None:
        time.sleep(_LATEST * _throw() ** 4)
        method(*values)

    return called


def _at_once(start: Callable[..., None]) -> Callable[..., None]:
    """Begin some work, and let nothing else be done before its end."""

    def started(jobs: Jobs, job: Any) -> None:
        start(jobs, job)
        if _throw() < _AT_ONCE:
            for thread in threading.enumerate():
                if thread.name == job.kind:
                    thread.join(_WAITED)

    return started


def install() -> None:
    """Have it so, where it is asked for."""
    if os.environ.get("NIXDIVE_SHAKE"):
        for name, change in (("_run", _late), ("_later", _late), ("_start", _at_once)):
            setattr(Jobs, name, change(getattr(Jobs, name)))
