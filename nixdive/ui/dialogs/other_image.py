"""Asks which other image of the registry is to be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widgets import Button, Input, Static

from nixdive.ui.dialogs.dialog import answer, field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget


class OtherImageDialog(Vertical):
    """Gives what the user names, or None."""

    title_text = "Another image in the registry"
    keys_text = "enter open   esc close"
    first = "Input"
    sizes: tuple[tuple[int, str], ...] = ()

    def fields(self) -> Iterable[Widget]:
        """Return the field."""
        yield field("Image", Input(placeholder="image.tar, docker://HOST/NAME:TAG, ./result"))
        yield Static("", classes="wrong", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Open", id="open")
        yield Button("Cancel", id="cancel")

    @on(Input.Submitted)
    @on(Button.Pressed, "#open")
    def _decided(self) -> None:
        text = self.query_one(Input).value.strip()
        if text:
            answer(self.screen, text)
        else:
            self.query_one(".wrong", Static).update("name an image, as on the command line")
