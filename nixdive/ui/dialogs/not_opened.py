"""What kept an input from being opened, where no terminal would say so after the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widgets import Button, Static

from nixdive.ui.dialogs.dialog import answer
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from nixdive.errors import NixdiveError


class NotOpenedDialog(Vertical):
    """Says what went wrong, and gives None."""

    title_text = "Not opened"
    keys_text = "esc leave"
    first = "Button"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, error: NixdiveError) -> None:
        super().__init__()
        self._error = error

    def fields(self) -> Iterable[Widget]:
        """Return the cause, what another program said of it, and the remedy."""
        yield Static(visible(str(self._error)), classes="wrong", markup=False)
        for line in self._error.lines:
            yield Static(visible(line), classes="note", markup=False)
        if self._error.hint:
            yield Static(visible(self._error.hint), classes="note", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the button."""
        yield Button("Leave", id="leave")

    @on(Button.Pressed)
    def _left(self) -> None:
        answer(self.screen, None)
