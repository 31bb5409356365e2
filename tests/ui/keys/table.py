"""The table of checks: for each binding what its keys do, and the stage on which they are pressed."""

from __future__ import annotations

import unicodedata
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textual.events import Key
from textual.keys import _character_to_key, _get_unicode_name_from_key
from textual.widgets import ContentSwitcher

from nixdive.ui.app import NixdiveApp
from nixdive.ui.dialogs.dialog import DialogScreen
from nixdive.ui.main.screen import MainScreen
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions
from tests.ui.conftest import anew, opened, settled, text, until
from tests.ui.idle import wait_for_idle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from textual.app import App
    from textual.pilot import Pilot
    from textual.screen import Screen
    from textual.widget import Widget

    from nixdive.layering.request import PlanRequest
    from nixdive.ui.dialogs.written import WrittenDialog
    from nixdive.workspace.workspace import Workspace

    Check = Callable[["Stage", str], Awaitable[None]]

KEYS: dict[str, Check] = {}
CLOSURES = Path(__file__).parents[2] / "data" / "closures"
W = TypeVar("W", bound="Widget")


def presses(*ids: str) -> Callable[[Check], Check]:
    """Enter a check for bindings; it is called with a fresh stage for each of their keys."""

    def entered(check: Check) -> Check:
        for one in ids:
            assert one not in KEYS, f"{one} has two checks"
            KEYS[one] = check
        return check

    return entered


def send(app: App[None], key: str) -> None:
    """Send a key as the terminal does."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    try:
        character: str | None = unicodedata.lookup(_get_unicode_name_from_key(name))
    except KeyError:
        character = key if len(key) == 1 else None
    assert app._driver is not None
    event = Key(name, character)
    event.set_sender(app)
    app._driver.send_message(event)


ASKED = PlanOptions(max_layers=20)


class Stage:
    """The main screen on the demo, as if it had just been opened."""

    def __init__(self, pilot: Pilot[None], workspace: Workspace) -> None:
        self.pilot = pilot
        self._workspace = workspace
        self.written: WrittenDialog | None = None
        self.screen = MainScreen(anew(workspace), "")

    async def set(self) -> None:
        """Take away what was there, and put a fresh main screen in its place."""
        app = self.pilot.app
        while len(app.screen_stack) > 1:
            app.pop_screen()
        app.clear_notifications()
        self.screen = MainScreen(anew(self._workspace), "")
        await app.push_screen(self.screen)
        await self.rest()

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until the plan they lead to is shown."""
        for key in keys:
            send(self.pilot.app, key)
            await self.rest()

    async def rest(self) -> None:
        """Wait until all that was sent has been worked through."""
        await wait_for_idle()
        if self.screen.workspace.waiting:
            await settled(self.pilot, self.screen)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds, and fail if it never does."""
        await until(self.pilot, holds)

    def one(self, kind: type[W]) -> W:
        """Return the widget of a kind on the screen that lies on top."""
        return self.top.query_one(kind)

    def text(self, which: type[Widget] | str) -> str:
        """Return what a widget shows, or the list of a pane."""
        return text(self.top, which)

    async def ask(self, dialog: Any, decided: Callable[[Any], None] | None = None) -> None:
        """Open a dialog."""
        await self.pilot.app.push_screen(DialogScreen(dialog), decided)

    @property
    def top(self) -> Screen[Any]:
        """The screen that lies on top."""
        return self.pilot.app.screen

    @property
    def tab(self) -> str | None:
        """The name of the tab that is shown."""
        return self.screen.query_one("#tabs", ContentSwitcher).current

    @property
    def request(self) -> PlanRequest:
        """What is asked for in the plan that is shown."""
        return self.screen.workspace.shown.request

    def path(self, package: str) -> int:
        """Return the index of the store path of a package."""
        paths = self.screen.workspace.subject.closure.paths
        return next(i for i, path in enumerate(paths) if path.package == package)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Start the app with a stage on it."""
    others = (str(CLOSURES / "debstore-redis-v1.path-info.json.gz"),) * 2
    workspace = open_workspace(OpenRequest((), ASKED, demo=True, others=others))
    workspace.priced.worked_out()
    app = NixdiveApp(OpenRequest((), ASKED, demo=True))
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        yield Stage(pilot, workspace)
