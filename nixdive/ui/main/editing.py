"""What changes the plan: keys become steps, or a question whose answer is one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from nixdive.errors import PlanError
from nixdive.layering.strategies import STRATEGIES
from nixdive.ui.draw.line import Line, Span, width
from nixdive.ui.main.selection import foretold
from nixdive.ui.naming import layer_name
from nixdive.ui.panes.lines.below import prices
from nixdive.workspace import edits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.layering.request import Pin
    from nixdive.ui.dialogs.price import Fitted
    from nixdive.ui.dialogs.questions import Rate
    from nixdive.ui.main.selection import Actions
    from nixdive.ui.panes.lines.below import EditReceipt
    from nixdive.workspace.history import Edit
    from nixdive.workspace.ledger import Dropped
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.situation import Situation

T = TypeVar("T")
_WIDE, _NARROW, _LEAST = 100, 80, 60  # cells of screens on which prices have all their words, fewer, fewest
FILTER = "filter the closure first"


def _in_cells(what: EditReceipt, cells: int) -> Line:
    """Return what an edit costs in the most words that have room."""
    forms = [prices(what, screen, cells) for screen in (_WIDE, _NARROW, _LEAST)]
    return next((form for form in forms if width(form) <= cells), forms[-1])


class Editing:
    """The budget, the strategy, pins, rates, and layers arranged by hand."""

    def __init__(self, screen: Actions) -> None:
        self._screen = screen
        self._workspace = screen.workspace

    @property
    def now(self) -> Situation:
        """Where the next edit is made; the plan that is shown may not have followed yet."""
        return self._workspace.situation

    def budget(self, more: int) -> None:
        """Allow some layers more or fewer."""
        now = self.now
        self._screen.edit(edits.budget(now, now.request.max_layers + more))

    def ask_budget(self) -> None:
        """Ask for the layer budget."""
        from nixdive.ui.dialogs.questions import BudgetDialog

        def make(layers: int) -> Edit | None:
            return edits.budget(self.now, layers)

        workspace = self._workspace
        here = self.now.request.max_layers
        most = max(workspace.most_layers, here)
        dialog = BudgetDialog(here, most, workspace.room.words, self._foretells(make))
        self._screen.ask(dialog, self._makes(make))

    def _makes(self, make: Callable[[T], Edit | None]) -> Callable[[T | None], None]:
        """Return what follows a dialog: the edit that its answer makes."""

        def decided(answer: T | None) -> None:
            if answer is not None:
                self._screen.edit(make(answer))

        return decided

    def _foretells(self, make: Callable[[T], Edit | None]) -> Callable[[T], Fitted]:
        """Return what says beforehand what the edit would cost that an answer makes; from any thread."""

        def price(answer: T) -> Fitted:
            edit = make(answer)
            if edit is None:
                return lambda _: (Span("nothing changes", "dim"),)
            return partial(_in_cells, foretold(self._workspace, edit))

        return price

    def ask_strategy(self) -> None:
        """Ask for the strategy."""
        from nixdive.ui.dialogs.strategy import StrategyDialog
        from nixdive.ui.panes.layers.preview import preview

        def decided(name: str | None) -> None:
            if name is not None:
                self.take_strategy(name)

        dialog = StrategyDialog(self.strategies(), self.now.request.strategy, self._planned, preview)
        self._screen.ask(dialog, decided)

    def _planned(self, name: str) -> PricedPlan | None:
        """Return the plan under a strategy, None where it cannot lay out what is open; from any thread."""
        now = self.now
        try:
            return self._workspace.plan((edits.strategy(now, name) or now).request).worked_out()
        except PlanError:
            return None

    def take_strategy(self, name: str) -> None:
        """Lay out by a strategy."""
        self._screen.edit(edits.strategy(self.now, name))

    def strategies(self) -> list[str]:
        """Return the names of the strategies that can lay out what is open."""
        return [name for name in STRATEGIES.names() if self._can_be(name)]

    def _can_be(self, strategy: str) -> bool:
        if strategy == self._workspace.subject.strategy:
            return True
        if strategy == "keep":
            return bool(self._workspace.subject.frame.found)
        return strategy != "pipeline" or self.now.request.pipeline is not None

    def replan(self) -> None:
        """Lay out anew what was carried on from an earlier plan."""
        self._screen.edit_when_shown(lambda: edits.replan(self.now))

    def pin(self) -> None:
        """Pin the selected path; in the layers, the paths of the selected layer."""
        closure, selection = self._workspace.subject.closure, self._screen.selection
        layer = selection.layer_in(self._workspace)
        if selection.in_layers:
            if layer is not None and layer.paths:
                self._ask_pin([closure.index[path] for path in layer.paths], layer_name(layer, closure))
        elif selection.path is not None:
            self._ask_pin([selection.path], closure.paths[selection.path].package)

    def pin_with_added(self) -> None:
        """Pin the selected path with all that only it needs."""
        selection, closure = self._screen.selection, self._workspace.subject.closure
        if selection.path is None or selection.in_layers:
            return
        below: dict[int, list[int]] = {}
        for path, dominator in enumerate(closure.measures.dominators):
            below.setdefault(dominator, []).append(path)
        taken = [selection.path]
        for path in taken:
            taken += below.get(path, ())
        self._ask_pin(taken, closure.paths[selection.path].package)

    def pin_matches(self) -> None:
        """Pin all that the filter of the closure has found."""
        paths, closure = self._screen.selection.found, self._workspace.subject.closure
        if paths:
            largest = max(paths, key=closure.nar_sizes.__getitem__)
            self._ask_pin(list(paths), closure.paths[largest].package)
        else:
            self._screen.refuse(PlanError("no filter has found anything", hint=FILTER))

    def unpin(self) -> None:
        """Take away the pins of the selected path; in the layers, those of the selected layer."""
        selection = self._screen.selection
        if selection.in_layers:
            layer = selection.layer_in(self._workspace)
            self._screen.edit(edits.unpin(self.now, lambda pin: layer is not None and pin.layer == layer.pin))
        elif selection.path is not None:
            path = self._workspace.subject.closure.paths[selection.path]
            self._screen.edit(edits.unpin(self.now, lambda pin: pin.matches(path)))

    def _ask_pin(self, paths: Sequence[int], layer: str) -> None:
        from nixdive.ui.dialogs.pin import PinDialog

        def make(pins: tuple[Pin, ...]) -> Edit | None:
            return edits.pin(self.now, [pin.pattern for pin in pins], pins[0].layer)

        closure, plan = self._workspace.subject.closure, self._workspace.priced.plan
        patterns = tuple(dict.fromkeys(edits.pattern_for(closure.paths[i], closure) for i in paths))
        thaws = self._screen.keys.first("freeze")
        dialog = PinDialog(closure, patterns, layer, plan, self._foretells(make), thaws=thaws)
        self._screen.ask(dialog, self._makes(make))

    def rate(self) -> None:
        """Say how often the package of the selected path changes by itself."""
        from nixdive.ui.dialogs.questions import RateDialog

        def make(rate: Rate) -> Edit | None:
            return edits.rate(self.now, rate.pattern, rate.chance)

        path = self._screen.selection.asked(self._workspace)
        if path is not None:
            self._screen.ask(
                RateDialog(self._workspace.priced, path, self._foretells(make)), self._makes(make)
            )

    def list_edits(self) -> None:
        """Show the edits with their prices; one that is dropped is one more step."""
        from nixdive.ui.dialogs.edits import EditsDialog

        def decided(dropped: Dropped | None) -> None:
            if dropped is not None:
                self._screen.edit(dropped.edit)

        def show() -> None:
            if not self._workspace.shown.steps:
                raise PlanError("there are no edits yet")
            self._screen.ask(EditsDialog(self._workspace), decided)

        self._screen.edit_when_shown(show)

    def merge(self) -> None:
        """Make one layer out of the marked ones; out of the only one and the selected one."""
        self._screen.edit_when_shown(self.merging)

    def merging(self) -> Edit:
        """Return the edit that merges the marked layers; the only one with the selected one.

        Raises:
            PlanError: it cannot be made.
        """
        selection = self._screen.selection
        chosen = set(selection.marked)
        if len(chosen) == 1:
            chosen.add(selection.layer)
        return edits.merge(self.now, chosen)

    def split(self) -> None:
        """Cut the selected layer in two; in the tabs, take the selected path out of its layer."""

        def make() -> Edit:
            selection = self._screen.selection
            if selection.in_layers:
                return edits.split(self.now, selection.layer)
            if selection.path is None:
                raise PlanError("nothing is selected")
            return edits.apart(self.now, self._workspace.subject.closure.paths[selection.path])

        self._screen.edit_when_shown(make)

    def move_layer(self, places: int) -> None:
        """Put the selected layer higher, or lower where the number of places is negative."""
        self._screen.edit_when_shown(lambda: edits.move(self.now, self._screen.selection.layer, places))

    def freeze(self) -> None:
        """Keep the bytes of the selected layer as the baseline has them, or let them change again."""

        def make() -> Edit:
            now, number = self.now, self._screen.selection.layer
            return (edits.thaw if now.plan.layers[number].frozen else edits.freeze)(now, number)

        self._screen.edit_when_shown(make)
