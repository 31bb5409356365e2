"""The screens that lie on each other."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

T = TypeVar("T")


class Answering(Screen[T], Generic[T]):
    """A screen that gives a result, once: keys that come after the one that closed it are for nobody."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with a result; where another screen is shown already, that one stays."""
        if self.app.screen is not self:
            return AwaitComplete()
        if (
            not self.is_mounted
        ):  # a key was quicker than the screen, whose own start still looks for its parts
            self.call_later(self._dismiss_later, result)
            return AwaitComplete()
        return super().dismiss(result)

    def _dismiss_later(self, result: T | None) -> None:
        self.dismiss(result)  # what is returned is not for the caller to wait for


def finish(screen: Screen[Any], result: object) -> None:
    """Dismiss a screen whose work has ended, and whatever was opened above it meanwhile."""
    while screen in screen.app.screen_stack and screen.app.screen is not screen:
        if not screen.app.screen.is_mounted:  # its own start still looks for its parts
            screen.app.call_later(finish, screen, result)
            return
        screen.app.pop_screen()
    if screen.app.screen is screen:
        screen.dismiss(result)
