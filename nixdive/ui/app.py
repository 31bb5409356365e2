"""The app: themes, and which screen follows which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.app import App

from nixdive.errors import NixdiveError
from nixdive.ui.loading import Named
from nixdive.ui.screens.loading import LoadingScreen
from nixdive.ui.theme import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.image.platform import Platform
    from nixdive.layering.frame import Frame
    from nixdive.layering.request import PlanRequest
    from nixdive.ui.desk import Desk

_OWN = "this is the demo; open your own with  nixdive ./result  or  nixdive /nix/store/…"


@runtime_checkable
class Leavable(Protocol):
    """A screen that may ask before it is left."""

    def action_leave(self) -> None:
        """Leave, or ask."""


class NixdiveApp(App[None]):
    """The screen of nixdive.

    Attributes:
        error: what kept the input from being opened, or None.
    """

    TITLE = "nixdive"

    def __init__(self, named: Named) -> None:
        super().__init__()
        self.error: NixdiveError | None = None
        self._named = named
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self.animation_level = "none"

    def on_mount(self) -> None:
        """Open what was named, or say how to name it."""
        if self._named.inputs or self._named.demo:
            self._load(self._named)
        else:
            from nixdive.ui.screens.start import StartScreen

            self.push_screen(StartScreen(), self._offered)

    async def action_quit(self) -> None:
        """Quit; the main screen asks first where edits are not written."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, Leavable):
                screen.action_leave()
                return
        self.exit()

    def action_help_quit(self) -> None:
        """Quit on ctrl+c, as programs do."""
        self.call_later(self.action_quit)

    def _offered(self, demo: bool | None) -> None:  # noqa: FBT001  the result of a screen
        if demo:
            self._load(Named((), self._named.ask, demo=True))
        else:
            self.exit()

    def _load(self, named: Named) -> None:
        def loaded(result: Desk | NixdiveError | None) -> None:
            if result is None or isinstance(result, NixdiveError):
                self.error = result
                self.exit()
                return
            from nixdive.ui.screens.main import MainScreen

            self.push_screen(MainScreen(result, _OWN if named.demo else "? shows the keys"))

        self.push_screen(LoadingScreen(named), loaded)


def run(
    inputs: Sequence[str],
    *,
    demo: bool = False,
    ask: Callable[[str, Frame], PlanRequest],
    against: Sequence[str] = (),
    replan: bool = False,
    platform: Platform | None = None,
    others: Sequence[str] = (),
) -> int:
    """Show the screen until the user leaves it.

    Args:
        inputs: what the user named; nothing shows how to name something.
        demo: open the demo instead.
        ask: what the options ask for, given the strategy that holds where they name none and
            the layers around those of the store.
        against: earlier versions, oldest first.
        replan: whether to lay out anew what would be carried on.
        platform: which one of images for several platforms.
        others: other images of the same registry.

    Returns:
        The exit status.

    Raises:
        NixdiveError: what was named cannot be opened.
    """
    app = NixdiveApp(Named(tuple(inputs), ask, tuple(against), demo, replan, platform, tuple(others)))
    app.run()
    if app.error is not None:
        raise app.error
    return app.return_code or 0
