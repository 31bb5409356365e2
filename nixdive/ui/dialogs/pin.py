"""Asks which layer some store paths are pinned to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Button, Input, Static

from nixdive.layering.request import Pin
from nixdive.sizes import prose
from nixdive.ui.dialogs.dialog import Dialog, field
from nixdive.ui.figures import count
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from nixdive.closure.closure import Closure


class PinDialog(Dialog[tuple[Pin, ...]]):
    """Gives the pins, or None.

    Several patterns stand in one field, separated by blanks; no store path has a blank in its name.
    """

    title_text = "Pin to a layer"
    AUTO_FOCUS = "#layer"
    keys_text = "enter pin   tab next   esc close"

    def __init__(self, closure: Closure, patterns: Sequence[str], layer: str, layers: Sequence[str]) -> None:
        super().__init__()
        self._closure = closure
        self._patterns = patterns
        self._layer = layer
        self._layers = layers

    def fields(self) -> Iterable[Widget]:
        """Return the fields and what they take."""
        yield field("Paths", Input(" ".join(self._patterns), id="patterns"))
        yield field("Layer", Input(self._layer, id="layer"))
        yield Static("", id="takes", classes="note", markup=False)
        if self._layers:
            named = ", ".join(visible(layer) for layer in self._layers)
            yield Static(f"pinned layers: {named}", classes="note", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Pin", id="pin")
        yield Button("Cancel", id="cancel")

    @on(Input.Changed)
    def _changed(self) -> None:
        pins = self._pins()
        closure = self._closure
        taken = [i for i, path in enumerate(closure.paths) if any(pin.matches(path) for pin in pins)]
        takes = self.query_one("#takes", Static)
        takes.set_class(not taken, "wrong")
        size = prose(sum(closure.nar_sizes[i] for i in taken)) if closure.sized else "sizes unknown"
        takes.update(
            f"{count(len(taken), 'path')}, {size}: {self._names(taken)}" if taken else "no path matches"
        )

    @on(Input.Submitted)
    @on(Button.Pressed, "#pin")
    def _decided(self) -> None:
        pins = self._pins()
        if not self.query_one("#layer", Input).value.strip():
            self.query_one("#takes", Static).update("the layer needs a name")
        elif pins:
            self.dismiss(pins)

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_close()

    def _pins(self) -> tuple[Pin, ...]:
        layer = self.query_one("#layer", Input).value.strip()
        return tuple(Pin(pattern, layer) for pattern in self.query_one("#patterns", Input).value.split())

    def _names(self, taken: Sequence[int]) -> str:
        most = sorted(taken, key=lambda i: -self._closure.nar_sizes[i])[:4]
        names = ", ".join(visible(self._closure.paths[i].name) for i in most)
        return f"{names}, …" if len(taken) > len(most) else names
