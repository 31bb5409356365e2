"""Asks how often packages change by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.containers import Vertical
from textual.widgets import Button, Input, Static

from nixdive.layering.request import Pin
from nixdive.ui.dialogs.dialog import answer, field
from nixdive.ui.draw.figures import per_cent
from nixdive.words import counted
from nixdive.workspace.edits import pattern_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from nixdive.workspace.priced_plan import PricedPlan


class Rate(NamedTuple):
    """What the user knows of packages.

    Attributes:
        pattern: which packages, like that of a pin.
        chance: in how many releases they change by themselves, from 0 to 1; None where the estimate holds.
    """

    pattern: str
    chance: float | None


class RateDialog(Vertical):
    """Gives the rate, or None."""

    title_text = "How often it changes"
    first = "#rate"
    sizes: tuple[tuple[int, str], ...] = ()
    keys_text = "enter set   tab next   esc close"

    def __init__(self, priced: PricedPlan, path: int) -> None:
        super().__init__()
        self._priced = priced
        self._path = path

    def fields(self) -> Iterable[Widget]:
        """Return the fields, and what is believed now."""
        model = self._priced.model
        closure = model.closure
        pattern = pattern_for(closure.paths[self._path], closure)
        said = dict(self._priced.plan.request.rates).get(pattern)
        yield field("Packages", Input(pattern, id="pattern"))
        yield field("Per cent", Input("" if said is None else f"{100 * said:g}", id="rate"))
        own, all_in_all = model.own_chance(self._path), model.scenarios.probability([self._path])
        yield Static(
            f"of releases, by itself: about {own:.1%} now, {all_in_all:.0%} with all that it needs; "
            "empty for the estimate",
            classes="note",
            markup=False,
        )
        yield Static("", id="wrong", classes="wrong", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Set", id="set")
        yield Button("Cancel", id="cancel")

    @on(Input.Submitted)
    @on(Button.Pressed, "#set")
    def _decided(self) -> None:
        pattern = self.query_one("#pattern", Input).value.strip()
        try:
            chance = per_cent(self.query_one("#rate", Input).value)
        except ValueError as error:
            self._say(str(error))
            return
        pin = Pin(pattern, "")
        if not any(map(pin.matches, self._priced.layer_of)):
            self._say(f"no package matches: {counted(len(self._priced.layer_of), 'path')} looked at")
        else:
            answer(self.screen, Rate(pattern, chance))

    def _say(self, words: str) -> None:
        self.query_one("#wrong", Static).update(words)
