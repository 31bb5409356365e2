"""Dialogs that ask one small thing: a budget, a rate, whether to leave, whether to replace."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.containers import Vertical
from textual.widgets import Button, Input, Static

from nixdive.layering.request import Pin
from nixdive.ui.dialogs.dialog import answer, field
from nixdive.ui.dialogs.price import PriceLine
from nixdive.ui.draw.figures import number_in, per_cent
from nixdive.ui.verbs import bindings
from nixdive.visible import visible
from nixdive.words import counted
from nixdive.workspace.edits import pattern_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.binding import BindingType
    from textual.widget import Widget

    from nixdive.ui.dialogs.price import Fitted
    from nixdive.workspace.priced_plan import PricedPlan


class BudgetDialog(Vertical):
    """Gives the number of layers, or None."""

    title_text = "Layer budget"
    keys_text = "enter set   esc close"
    first = "Input, Button"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, layers: int, most: int, limit: str, foretell: Callable[[int], Fitted]) -> None:
        super().__init__()
        self._price = PriceLine(foretell)
        self._layers = layers
        self._most = most
        self._limit = limit

    def fields(self) -> Iterable[Widget]:
        """Return the field."""
        yield field("Layers", Input(str(self._layers), type="integer", max_length=3))
        yield Static(
            f"1 to {self._most}: all layers of the image, those of its base included", classes="note"
        )
        yield field("Price", self._price)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Set", id="set")
        yield Button("Cancel", id="cancel")

    @on(Input.Changed)
    def _changed(self) -> None:
        self._price.look(number_in(self.query_one(Input).value, self._most))

    @on(Input.Submitted)
    @on(Button.Pressed, "#set")
    def _decided(self) -> None:
        layers = number_in(self.query_one(Input).value, self._most)
        if layers is None:
            note = self.query_one(".note", Static)
            note.update(f"a budget is a number from 1 to {self._most}: {self._limit}")
            note.set_classes("wrong note")
            return
        answer(self.screen, layers)


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

    def __init__(self, priced: PricedPlan, path: int, foretell: Callable[[Rate], Fitted]) -> None:
        super().__init__()
        self._price = PriceLine(foretell)
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
            f"of releases, by itself: about {own:.1%} now, {all_in_all:.0%} with everything that it needs; "
            "empty for the estimate",
            classes="note",
            markup=False,
        )
        yield Static("", id="wrong", classes="wrong", markup=False)
        yield field("Price", self._price)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Set", id="set")
        yield Button("Cancel", id="cancel")

    @on(Input.Submitted)
    @on(Button.Pressed, "#set")
    def _decided(self) -> None:
        rate = self._typed()
        if isinstance(rate, str):
            self._say(rate)
        else:
            answer(self.screen, rate)

    @on(Input.Changed)
    def _changed(self) -> None:
        rate = self._typed()
        self._price.look(None if isinstance(rate, str) else rate)

    def _typed(self) -> Rate | str:
        """Return what the fields say, or what is wrong with it."""
        pattern = self.query_one("#pattern", Input).value.strip()
        try:
            chance = per_cent(self.query_one("#rate", Input).value)
        except ValueError as error:
            return str(error)
        pin = Pin(pattern, "")
        if not any(map(pin.matches, self._priced.layer_of)):
            return f"no package matches: {counted(len(self._priced.layer_of), 'path')} looked at"
        return Rate(pattern, chance)

    def _say(self, words: str) -> None:
        self.query_one("#wrong", Static).update(words)


class LeaveDialog(Vertical):
    """Gives write, save-plan (the plan alone), leave, or None to stay."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Unwritten edits")]
    keys_text = "esc stay"
    first = "Button"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, edits: int) -> None:
        super().__init__()
        self.title_text = f"{counted(edits, 'edit')} not written"

    def fields(self) -> Iterable[Widget]:
        """Return what leaving means."""
        yield Static("Your unsaved plan is lost when you leave.", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Write", id="write")
        yield Button("Save plan", id="save-plan")
        yield Button("Leave", id="leave")
        yield Button("Stay", id="stay")

    def action_leave(self) -> None:
        """Leave without writing."""
        answer(self.screen, "leave")

    @on(Button.Pressed)
    def _decided(self, event: Button.Pressed) -> None:
        answer(self.screen, None if event.button.id == "stay" else event.button.id)


class ReplaceDialog(Vertical):
    """Gives True where files may be replaced, else None."""

    title_text = "Replace"
    keys_text = "esc keep them"
    first = "#keep"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(self, cause: str) -> None:
        super().__init__()
        self._cause = cause

    def fields(self) -> Iterable[Widget]:
        """Return what is in the way."""
        yield Static(visible(self._cause), markup=False)
        yield Static("Files with these names are replaced; directories stay.", classes="note", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons; the safe one is first."""
        yield Button("Keep them", id="keep")
        yield Button("Replace", id="replace")

    @on(Button.Pressed, "#replace")
    def _replace(self) -> None:
        answer(self.screen, True)

    @on(Button.Pressed, "#keep")
    def _keep(self) -> None:
        answer(self.screen, None)
