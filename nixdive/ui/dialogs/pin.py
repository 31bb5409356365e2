"""Asks which layer some store paths are pinned to."""

from __future__ import annotations

from itertools import chain
from itertools import count as count_from
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widgets import Button, Input, Static

from nixdive.human import several
from nixdive.layering.pins import patterns_of
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import Pin
from nixdive.sizes import prose
from nixdive.ui.dialogs.dialog import answer, field
from nixdive.ui.dialogs.price import PriceLine
from nixdive.ui.draw.figures import number_in
from nixdive.ui.naming import layer_name
from nixdive.visible import visible
from nixdive.words import counted
from nixdive.workspace.edits import pattern_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.widget import Widget

    from nixdive.closure.closure import Closure
    from nixdive.ui.dialogs.price import Fitted

_NAMES = 4  # of paths, the largest first
_LAYERS = 8  # pinned ones


class PinDialog(Vertical):
    """Gives the pins, or None.

    Several patterns stand in one field, separated by blanks; no store path has a blank in its name. The layer
    is a new one that is named, or the number of one that is there: its paths are pinned as well then, so that
    they stay together with what joins them.

    Args:
        closure: where the paths are.
        patterns: what the field of the paths begins with.
        layer: what the field of the layer begins with.
        plan: the layers that are there.
        foretell: how to say in so many cells what pins would cost; asked in the background.
        thaws: the key that thaws a frozen layer.
    """

    title_text = "Pin to a layer"
    first = "#layer"
    sizes: tuple[tuple[int, str], ...] = ()
    keys_text = "enter pin   tab next   esc close"

    def __init__(
        self,
        closure: Closure,
        patterns: Sequence[str],
        layer: str,
        plan: LayerPlan,
        foretell: Callable[[tuple[Pin, ...]], Fitted],
        *,
        thaws: str = "f",
    ) -> None:
        super().__init__()
        self._price = PriceLine(foretell)
        self._thaws = thaws
        self._closure = closure
        self._patterns = patterns
        self._layer = layer
        self._plan = plan

    def fields(self) -> Iterable[Widget]:
        """Return the fields and what they take."""
        yield field("Paths", Input(" ".join(self._patterns), id="patterns"))
        yield field("Layer", Input(self._layer, id="layer"))
        yield Static("", id="takes", classes="note", markup=False)
        yield Static("", id="joins", classes="note", markup=False)
        if names := dict.fromkeys(pin.layer for pin in self._plan.request.pins):
            named = several([visible(name) for name in names], _LAYERS)
            yield Static(f"pinned layers: {named}", classes="note", markup=False)
        price = field("Price", self._price)
        price.styles.margin = (1, 0, 0, 0)
        yield price

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Pin", id="pin")
        yield Button("Cancel", id="cancel")

    @on(Input.Changed)
    def _changed(self) -> None:
        pins = self._pins()
        closure = self._closure
        joined = self._joined()
        joins = self.query_one("#joins", Static)
        joins.update("a name for a new layer, or the number of one that is there")
        if joined is not None:
            name = layer_name(joined, closure)
            joins.update(f"that is {name}: {counted(len(joined.paths), 'path')} that stay with them")
        patterns = patterns_of(closure)
        taken = sorted({i for pin in pins for i in patterns.matched(pin.pattern)})
        takes = self.query_one("#takes", Static)
        takes.set_class(not taken, "wrong")
        size = prose(sum(closure.nar_sizes[i] for i in taken)) if closure.sized else "sizes unknown"
        takes.update(
            f"{counted(len(taken), 'path')}, {size}: {self._names(taken)}" if taken else "no path matches"
        )
        self._price.look(pins if taken and not self._wrong() else None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#pin")
    def _decided(self) -> None:
        pins, wrong = self._pins(), self._wrong()
        if wrong:
            self.query_one("#takes", Static).update(wrong)
        elif pins:
            answer(self.screen, pins)

    def _wrong(self) -> str:
        """Return what is wrong with the layer that was typed; nothing where it can be pinned to."""
        typed, joined = self.query_one("#layer", Input).value.strip(), self._joined()
        if not typed:
            return "the layer needs a name"
        if joined is not None and joined.frozen:
            return "that layer is frozen" + (f": {self._thaws} thaws it" if self._thaws else "")
        if joined is None and typed.isdecimal():
            return "no layer with that number takes store paths; a new layer needs a name"
        return ""

    def _pins(self) -> tuple[Pin, ...]:
        layer, joined = self.query_one("#layer", Input).value.strip(), self._joined()
        patterns = self.query_one("#patterns", Input).value.split()
        if joined is not None:
            layer = joined.pin or self._new_name(joined)
            if joined.pin is None:
                patterns += (pattern_for(path, self._closure) for path in joined.paths)
        return tuple(Pin(pattern, layer) for pattern in dict.fromkeys(patterns))

    def _joined(self) -> Layer | None:
        """Return the layer whose number was typed, where it is one of store paths."""
        number = number_in(self.query_one("#layer", Input).value.strip(), len(self._plan.layers))
        if number is None:
            return None
        layer = self._plan.layers[number - 1]
        return layer if layer.kind is LayerKind.STORE else None

    def _new_name(self, layer: Layer) -> str:
        taken = {pin.layer for pin in self._plan.request.pins}
        name = layer_name(layer, self._closure)
        numbered = (f"{name}-{number}" for number in count_from(2))
        return next(one for one in chain([name], numbered) if one not in taken)

    def _names(self, taken: Sequence[int]) -> str:
        largest = sorted(taken, key=lambda i: -self._closure.nar_sizes[i])
        return several([visible(self._closure.paths[i].name) for i in largest], _NAMES)
