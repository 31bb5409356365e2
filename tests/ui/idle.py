"""When the screen has nothing more to do: what the tests wait for after each key.

Textual's pilot looks at the time that the process computes: it waits longer than needed where nothing goes
on, and not long enough where a busy machine lets the process wait. It asks all widgets of a screen whether
they have done their work, too, and fails after half a minute where some have left with their screen before
they could answer. The event loop knows.
"""

from __future__ import annotations

import asyncio
from typing import Any

from textual import app, pilot
from textual._context import active_app
from textual.app import ScreenStackError

_ROUNDS = 3  # of the loop without work: the first may only have fetched what a thread or a timer left for it


async def wait_for_idle(*_seconds: float) -> None:
    """Wait until the event loop has nothing to do, also after what is due to be painted was painted.

    Threads and timers are not waited for.
    """
    await _loop_is_idle()
    try:
        active_app.get().screen._on_timer_update()
    except ScreenStackError:
        return
    await _loop_is_idle()


async def _loop_is_idle() -> None:
    loop: Any = asyncio.get_running_loop()
    idle = 0
    while idle < _ROUNDS:
        await asyncio.sleep(0)
        idle = 0 if loop._ready else idle + 1


async def _wait_for_screen(waiting: pilot.Pilot[Any], *_seconds: float) -> bool:
    """Wait until all widgets have done what was to be done; tell whether nothing went wrong."""
    await _loop_is_idle()
    return not waiting.app._exception_event.is_set()


def install() -> None:
    """Let the pilot wait so."""
    for module in (app, pilot):
        vars(module)["wait_for_idle"] = wait_for_idle
    pilot.Pilot._wait_for_screen = _wait_for_screen  # type: ignore[assignment,method-assign]
