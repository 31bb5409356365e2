"""Asks what the files of a layer are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widgets import Button, Input, Static

from nixdive.ui.dialogs.dialog import answer, field
from nixdive.ui.dialogs.fields import Choice
from nixdive.ui.draw.figures import number_in
from nixdive.visible import visible
from nixdive.workspace.files.comparison import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

_BASELINE, _BELOW, _START = "earlier version", "layers below", "a layer"


class CompareDialog(Vertical):
    """Gives the comparison, or None."""

    title_text = "Compare with"
    keys_text = "enter compare   tab next   esc close"
    first = "Choice"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, now: Comparison, layer: int, layers: int, baseline: str | None) -> None:
        super().__init__()
        self._now = now
        self._layer = layer
        self._layers = layers
        self._baseline = baseline

    def fields(self) -> Iterable[Widget]:
        """Return the choice, and the number of the layer."""
        words = {
            _BELOW: "what the layer changes in those below it, as in dive",
            _START: f"the image as it is after that layer with the image after layer {self._layer + 1}",
        }
        if self._baseline is not None:
            words = {_BASELINE: f"each store path with the one of {visible(self._baseline)}"} | words
        chosen = _BASELINE if self._now.baseline and self._baseline is not None else _BELOW
        if self._now.start is not None:
            chosen = _START
        start = self._now.start if self._now.start is not None else max(self._layer - 1, 0)
        yield field("With", Choice(words, chosen, id="with"), lines=2)
        yield field("Layer", Input(str(start + 1), id="start", type="integer"))
        yield Static("the number applies to “a layer”", classes="note", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Compare", id="compare")
        yield Button("Cancel", id="cancel")

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one(Choice).value = (
            _START if self.query_one(Input).has_focus else self.query_one(Choice).value
        )

    def key_enter(self) -> None:
        """Decide where the keys go to the choice; the field and the buttons tell it themselves."""
        if isinstance(self.screen.focused, Choice):
            self._decide()

    @on(Button.Pressed, "#compare")
    @on(Input.Submitted)
    def _decide(self) -> None:
        chosen = self.query_one(Choice).value
        if chosen != _START:
            answer(self.screen, Comparison(chosen == _BASELINE, self._now.whole))
            return
        layer = number_in(self.query_one(Input).value, self._layers)
        if layer is None:
            note = self.query_one(".note", Static)
            note.update(f"a layer is a number from 1 to {self._layers}")
            note.set_classes("wrong note")
            return
        answer(self.screen, Comparison(self._now.baseline, whole=False, start=layer - 1))
