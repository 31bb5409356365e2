"""Asks for the layer budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widgets import Button, Input, Static

from nixdive.layering.request import MOST_LAYERS
from nixdive.ui.dialogs.dialog import answer, field
from nixdive.ui.draw.figures import number_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget


class BudgetDialog(Vertical):
    """Gives the number of layers, or None."""

    title_text = "Layer budget"
    keys_text = "enter set   esc close"
    first = "Input, Button"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, layers: int) -> None:
        super().__init__()
        self._layers = layers

    def fields(self) -> Iterable[Widget]:
        """Return the field."""
        yield field("Layers", Input(str(self._layers), type="integer", max_length=3))
        yield Static(
            f"1 to {MOST_LAYERS}: all layers of the image, those of its base included", classes="note"
        )

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Set", id="set")
        yield Button("Cancel", id="cancel")

    @on(Input.Submitted)
    @on(Button.Pressed, "#set")
    def _decided(self) -> None:
        layers = number_in(self.query_one(Input).value, MOST_LAYERS)
        if layers is None:
            note = self.query_one(".note", Static)
            note.update(f"a budget is a number from 1 to {MOST_LAYERS}: no more layers are loaded by docker")
            note.set_classes("wrong note")
            return
        answer(self.screen, layers)
