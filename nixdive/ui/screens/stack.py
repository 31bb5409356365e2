"""The screens that lie on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.screen import Screen


def finish(screen: Screen[Any], result: object) -> None:
    """Dismiss a screen whose work has ended, and whatever was opened above it meanwhile."""
    while screen in screen.app.screen_stack and screen.app.screen is not screen:
        screen.app.pop_screen()
    if screen.app.screen is screen:
        screen.dismiss(result)
