"""The app on the demo, and how tests wait for it."""

from __future__ import annotations

import asyncio
import copy
import math
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from textual.notifications import Notification
from textual.timer import Timer

from nixdive.ui.app import NixdiveApp
from nixdive.ui.dialogs.dialog import DialogScreen
from nixdive.ui.draw.line import plain
from nixdive.ui.jobs import Jobs
from nixdive.ui.main import opening, telling
from nixdive.ui.main.screen import MainScreen
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions
from tests.patience import PATIENCE
from tests.ui import idle, shaken
from tests.workspace.conftest import closure, in_folder, index

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from textual.app import App
    from textual.pilot import Pilot
    from textual.screen import Screen
    from textual.widget import Widget

    from nixdive.workspace.workspace import Workspace


__all__ = ["closure", "in_folder", "index"]

idle.install()
shaken.install()


async def until(pilot: Pilot[Any], holds: Callable[[], object]) -> None:
    """Wait until something holds while nothing else is to be done, and fail if it never does."""
    end = time.monotonic() + PATIENCE
    await pilot.pause()
    while not holds():
        assert time.monotonic() < end, f"it never came to hold; {pilot.app.screen} is there"
        await asyncio.sleep(0.005)
        if holds():
            await pilot.pause()


async def resized(pilot: Pilot[Any], *size: int) -> None:
    """Give the terminal another size, which reaches the screen a little later."""
    await pilot.resize_terminal(*size)
    await until(pilot, lambda: pilot.app.screen.region.size == size)
    await pilot.pause()  # what depends on the size


def shows(screen: object, kind: type[Any]) -> bool:
    """Whether a screen is of a kind, or shows a dialog of that kind."""
    return isinstance(screen, kind) or (isinstance(screen, DialogScreen) and isinstance(screen.dialog, kind))


async def wait_for(pilot: Pilot[None], kind: type[Any]) -> Any:
    """Wait until a screen or a dialog of a kind lies on top, and return it."""
    await until(pilot, lambda: shows(pilot.app.screen, kind))
    screen: Any = pilot.app.screen
    return screen if isinstance(screen, kind) else screen.dialog


async def opened(pilot: Pilot[None]) -> MainScreen:
    """Wait until what was named is shown."""
    screen: MainScreen = await wait_for(pilot, MainScreen)
    await settled(pilot, screen)
    return screen


async def settled(pilot: Pilot[None], screen: MainScreen) -> None:
    """Wait until the plan that was asked for is shown."""
    await until(pilot, lambda: not screen.workspace.waiting)


async def press(pilot: Pilot[None], screen: MainScreen, *keys: str) -> None:
    """Press keys, and wait after each until the plan it leads to is shown."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot, screen)


def text(screen: Screen[Any], which: type[Widget] | str) -> str:
    """Return what a widget shows, or the list of a pane."""
    return "\n".join(lines(screen.query_one(which)))


def lines(widget: Any) -> list[str]:
    """Return the lines that a widget shows, or the list of a pane."""
    drawn = getattr(widget, "listing", widget)
    return [plain(line) for line in drawn.draw(*drawn.size)]


def busy(app: App[Any]) -> bool:
    """Whether something is being done in the background, or will be once no more keys come."""
    nodes = [node for screen in app.screen_stack for node in (screen, *screen.walk_children())]
    found = (getattr(node, "jobs", None) or getattr(node, "_jobs", None) for node in nodes)
    timers = (getattr(node, "_timer", None) for node in nodes)
    waiting = (one._task for one in timers if isinstance(one, Timer))
    return any(jobs.busy for jobs in found if isinstance(jobs, Jobs)) or any(
        task is not None and not task.done() for task in waiting
    )


def notes(app: App[Any]) -> str:
    """Return the notices that are shown."""
    return "\n".join(note.message for note in app._notifications)


@cache
def opened_demo(max_layers: int) -> Workspace:
    """Open the demo once; tests that change it take a copy by `anew`."""
    workspace = open_workspace(OpenRequest((), PlanOptions(max_layers=max_layers), demo=True))
    workspace.priced.worked_out()
    return workspace


def anew(workspace: Workspace) -> Workspace:
    """Return a workspace as it was opened, whatever became of other copies.

    What samples say of it is known, and none are taken again: they would come in while keys are pressed.
    """
    made = copy.copy(workspace)
    made.pricer = copy.copy(workspace.pricer)
    assert made.pricer.wire.sampled
    made.pricer.samples = None
    made._made = {workspace.shown.request: replace(workspace.priced, pricer=made.pricer).worked_out()}
    return made


@pytest.fixture(autouse=True)
def _no_seconds_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes or goes after some seconds, but where a test asks for it.

    No best next edit is looked for; the price of an edit, and notices, stand however long it takes to look
    at them.
    """
    monkeypatch.setattr(telling, "IDLE", None)
    monkeypatch.setattr(telling, "_READ", math.inf)
    monkeypatch.setattr(Notification, "time_left", 10.0 * PATIENCE)


@pytest.fixture
def demo(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., AbstractAsyncContextManager[tuple[Pilot[None], MainScreen]]]:
    """Start the app on the demo and wait until its plan is there."""

    @asynccontextmanager
    async def start(
        size: tuple[int, int] = (120, 36),
        *,
        max_layers: int = 20,
        notifications: bool = False,
        **options: Any,
    ) -> AsyncIterator[tuple[Pilot[None], MainScreen]]:
        app = NixdiveApp(OpenRequest((), demo=True), **options)
        with monkeypatch.context() as patch:
            patch.setattr(opening, "open_workspace", lambda *_: anew(opened_demo(max_layers)))
            async with app.run_test(size=size, notifications=notifications) as pilot:
                yield pilot, await opened(pilot)

    return start
