"""The app: themes, and which screen follows which."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events
from textual.app import App

from nixdive.errors import Cancelled, NixdiveError
from nixdive.places import session_file
from nixdive.ui.config.config import Wishes, read_config
from nixdive.ui.config.keymap import remap
from nixdive.ui.config.session import read_session
from nixdive.ui.draw.glyphs import AsciiFilter, speaks_utf8
from nixdive.ui.draw.harmless import HarmlessFilter
from nixdive.ui.main.opening import LoadingScreen
from nixdive.ui.theme import THEMES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from textual.driver import Driver
    from textual.filter import LineFilter
    from textual.message_pump import MessagePump

    from nixdive.workspace.open import OpenRequest
    from nixdive.workspace.workspace import Workspace

_NONE = Wishes()
_ASCII, _HARMLESS = AsciiFilter(), HarmlessFilter()
_OWN = "your own: nixdive ./result"
_GIVES_WAY = 0.001  # seconds that a key waits at most for a thread that works in the background; a frame too
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class NixdiveApp(App[None]):
    """The screen of nixdive.

    Attributes:
        error: what kept the input from being opened, or None.
        stopped: whether a signal or the end of the terminal has ended it.
    """

    TITLE = "nixdive"

    ENABLE_COMMAND_PALETTE = False  # the main screen has its own

    def __init__(
        self, named: OpenRequest, wishes: Wishes = _NONE, *, theme: str = "", ascii_only: bool = False
    ) -> None:
        super().__init__()
        self.error: NixdiveError | None = None
        self.stopped = False
        self._named = named
        self._wishes = wishes
        self._typed: deque[events.Key | events.Paste] = deque()  # behind the one that is under way
        self._passes: MessagePump | None = None  # where that one is
        self.set_class(ascii_only, "-ascii")
        for one in THEMES:
            self.register_theme(one)
        self.theme = theme if theme in {one.name for one in THEMES} else THEMES[0].name
        self.animation_level = "none"

    def get_driver_class(self) -> type[Driver]:
        """Return the driver: ours for terminals, where Textual would take its own."""
        from textual.drivers.linux_driver import LinuxDriver

        found = super().get_driver_class()
        if found is not LinuxDriver:
            return found
        from nixdive.ui.driver import TerminalDriver

        return TerminalDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what is done to all lines: nothing but text is painted; where only ASCII is wanted, that."""
        filters = (*super().get_line_filters(), _HARMLESS)
        return (*filters, _ASCII) if self.has_class("-ascii") else filters

    async def on_event(self, event: events.Event) -> None:
        """Take an event; keys and the mouse are nobody's once the screens are gone: Textual would fail.

        Keys that come together are taken one after the other, so that each goes where the one before has led.
        Textual would hand all of them to what has the focus now, and type some before it deletes with others.
        """
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.append(event)
            if self._passes is None or not self._passes.is_attached:
                await self._take_typed()
        elif self.screen_stack or not isinstance(event, events.InputEvent | events.Paste):
            await super().on_event(event)

    async def _take_typed(self) -> None:
        """Let the next key go its way, from what has the focus up to the app."""
        self._passes = None
        if not self.screen_stack:
            self._typed.clear()
        if self._typed:
            event, first = self._typed.popleft(), self.focused or self.screen
            await super().on_event(event)
            up = first.ancestors_with_self
            await self._follow(deque((*up, *up)), led=False)  # again for what it has the focus tell, as enter

    async def _follow(self, way: deque[MessagePump], *, led: bool) -> None:
        """Go the way of a key behind it; at its end wait for where it has led, then take the next key.

        Args:
            way: whose messages have to be dealt with still, in this order.
            led: whether the last of them is the screen that the key has led to.
        """
        while way:
            self._passes = way.popleft()
            if self._passes.call_later(self._follow, way, led=led):
                return
        if led or not self.screen_stack:
            await self._take_typed()
        else:
            await self._follow(deque((self.screen, self)), led=True)

    def on_mount(self) -> None:
        """Open what was named, or say how to name it."""
        if asked := self._wishes.keys:  # the main screen looks whether they fit together
            self.set_keymap(remap(asked, (), [one for wish in asked for one in wish.ids]).keymap)
        if self._named.inputs or self._named.demo:
            self._load(self._named)
        else:
            from nixdive.ui.main.opening import StartScreen

            self.push_screen(StartScreen(), self._offered)

    async def action_quit(self) -> None:
        """Quit; the main screen asks first where edits are not written."""
        from nixdive.ui.main.screen import MainScreen

        for screen in reversed(self.screen_stack):
            if isinstance(screen, MainScreen):
                screen.saving.leave()
                return
        self.exit()

    def action_stop(self) -> None:
        """End at once: somebody has asked the process to, or the terminal is gone."""
        self.stopped = True
        self.exit()

    async def shown(self) -> None:
        """Show the screen until the user leaves it, or a signal ends it; the terminal is as before then."""
        loop = asyncio.get_running_loop()

        def asked(_number: int, _frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.action_stop)

        before = {number: signal.getsignal(number) for number in _STOPS}
        before = {number: heard for number, heard in before.items() if heard is not signal.SIG_IGN}
        for number in before:
            signal.signal(number, asked)
        try:
            await self.run_async()
        finally:
            for number, heard in before.items():  # the first one is enough: tidying up is not disturbed
                signal.signal(number, signal.SIG_IGN if self.stopped else heard)
            if self._driver is not None:
                self._driver.close()

    def action_help_quit(self) -> None:
        """Quit on ctrl+c, as programs do."""
        self.call_later(self.action_quit)

    def _offered(self, demo: bool | None) -> None:  # noqa: FBT001  the result of a screen
        if demo:
            self._load(replace(self._named, demo=True))
        else:
            self.exit()

    def _end(self, error: NixdiveError | None) -> None:
        """End without a main screen; a page, unlike a terminal, shows nothing after the screen."""
        self.error = error
        if error is None or not self.is_web:
            self.exit()
            return
        from nixdive.ui.dialogs.dialog import DialogScreen
        from nixdive.ui.dialogs.not_opened import NotOpenedDialog

        self.app_focus = True  # a page is taken to be without it until a key comes, and gives a button none
        self.push_screen(DialogScreen[None](NotOpenedDialog(error)), lambda _: self.exit())

    def _load(self, named: OpenRequest) -> None:
        def loaded(result: Workspace | NixdiveError | None) -> None:
            if result is None or isinstance(result, NixdiveError):
                self._end(result)
                return
            from nixdive.ui.main.screen import MainScreen

            self.push_screen(MainScreen(result, _OWN if named.demo else "", self._wishes))

        self.push_screen(LoadingScreen(named), loaded)


def run(what: OpenRequest, *, ascii_only: bool = False) -> int:
    """Show the screen until the user leaves it.

    Args:
        what: what is opened; without inputs the screen says how to name one.
        ascii_only: whether glyphs are drawn in ASCII whatever the user's configuration and the locale say.

    Returns:
        The exit status.

    Raises:
        NixdiveError: what was named cannot be opened.
        Cancelled: a signal has ended it, or the terminal is gone.
    """
    sys.setswitchinterval(_GIVES_WAY)
    config = read_config([theme.name for theme in THEMES])
    memory = session_file()
    plain = not speaks_utf8(os.environ) if config.ascii is None else config.ascii
    app = NixdiveApp(
        what,
        Wishes(config.keys, config.notices, memory),
        theme=config.theme or (read_session(memory).theme if memory else ""),
        ascii_only=ascii_only or plain,
    )
    asyncio.run(app.shown())
    if app.stopped:
        raise Cancelled
    if app.error is not None:
        raise app.error
    return app.return_code or 0
