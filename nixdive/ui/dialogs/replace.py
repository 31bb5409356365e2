"""Asks once whether a file that is there may be replaced."""

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


class ReplaceDialog(Vertical):
    """Gives True where files may be replaced, else None."""

    title_text = "Replace"
    keys_text = "esc leave it"
    first = "#keep"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, cause: str) -> None:
        super().__init__()
        self._cause = cause

    def fields(self) -> Iterable[Widget]:
        """Return what is in the way."""
        yield Static(visible(self._cause), markup=False)
        yield Static("Files of these names are replaced; directories stay.", classes="note", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons; the safe one is first."""
        yield Button("Leave it", id="keep")
        yield Button("Replace", id="replace")

    @on(Button.Pressed, "#replace")
    def _replace(self) -> None:
        answer(self.screen, True)

    @on(Button.Pressed, "#keep")
    def _keep(self) -> None:
        answer(self.screen, None)
