"""Steps become requests to the background, plans come back."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from nixdive.errors import NixdiveError, PlanError
from nixdive.ui.jobs import Jobs, Meter, Unforeseen
from nixdive.workspace.edits import budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.history import Edit, EditHistory
    from nixdive.workspace.price import Price
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.workspace import Workspace

PROPOSAL: Final = "proposal"
"""The kind of the work that looks for the best next edit."""
FORETOLD: Final = "foretold"
"""The kind of the work that says what an edit would cost."""
AHEAD: Final = "ahead"
"""The kind of the work that plans what the keys of the budget may ask for next."""


class Shows(Protocol):
    """What shows what comes of a step."""

    def show_plan(self, edit: Edit | None, price: Price, *, undone: bool) -> None:
        """Show the plan of the workspace; the edit led there and has this price."""

    def show_waiting(self) -> None:
        """Show that a plan is being made."""

    def refuse(self, error: NixdiveError) -> None:
        """Show why an edit cannot be made; the plan stays as it was."""

    @property
    def is_active(self) -> bool:
        """Whether no dialog is open over it."""

    def call_after_refresh(self, callback: Callable[[], object]) -> bool:
        """Call something once it is painted."""


class Planning:
    """Keeps the steps, and has a plan made for the one that is wanted."""

    def __init__(self, workspace: Workspace, jobs: Jobs, shows: Shows) -> None:
        self._workspace = workspace
        self._jobs = jobs
        self._shows = shows
        self._waiting: deque[Callable[[], Edit | None]] = deque()
        self._ahead: PlanRequest | None = None  # what is being planned ahead, or was last
        self._soon = False  # whether to plan ahead once the screen is painted

    def edit(self, step: Edit | None) -> None:
        """Make one more step, if it is one."""
        if step is not None:
            self.want(self._workspace.wanted.did(step))

    def edit_when_shown(self, make: Callable[[], Edit | None]) -> None:
        """Make a step that depends on the plan; where one is being made, as soon as it is there.

        Args:
            make: looks at the plan that is shown, and returns the step; raises PlanError where it cannot be.
        """
        if self._workspace.waiting:
            self._waiting.append(make)
            return
        try:
            self.edit(make())
        except PlanError as error:
            self._shows.refuse(error)

    def rest(self) -> None:
        """Plan nothing ahead: a dialog has opened, and what it foretells comes first."""
        self._jobs.cancel(AHEAD)

    def look_ahead_soon(self) -> None:
        """Plan ahead once the screen is painted, which would take longer beside it; once for all who ask."""
        if not self._soon:
            self._soon = self._shows.call_after_refresh(self.look_ahead)

    def look_ahead(self) -> None:
        """Have the plans with one layer more and one less made, while nothing else is wanted."""
        self._soon = False
        workspace = self._workspace
        now = workspace.situation
        if workspace.waiting or not self._shows.is_active or not workspace.priced.lays_out:
            return
        steps = [budget(now, now.request.max_layers + more) for more in (1, -1)]

        def compute(meter: Meter) -> None:
            for step in filter(None, steps):
                if meter.cancelled() or workspace.waiting:
                    return
                self._ahead = step.request
                with suppress(PlanError):  # the key will say why
                    workspace.plan(step.request).worked_out()

        self._jobs.ask(AHEAD, compute, lambda _: None)

    def undo(self) -> None:
        """Go one step back."""
        if self._workspace.wanted.at:
            self.want(self._workspace.wanted.undo())
        else:
            self._shows.refuse(PlanError("nothing to undo"))

    def redo(self) -> None:
        """Go one step forward again."""
        if self._workspace.wanted.undone is not None:
            self.want(self._workspace.wanted.redo())
        else:
            self._shows.refuse(PlanError("nothing to redo"))

    def want(self, history: EditHistory) -> None:
        """Have the plan made that a history asks for."""
        self._workspace.wanted = history
        for kind in (PROPOSAL, FORETOLD, AHEAD):  # they would keep the plan waiting
            if kind != AHEAD or self._ahead != history.request:  # that one is the plan, and half made
                self._jobs.cancel(kind)
        if (ready := self._workspace.ready(history)) is not None:
            self._jobs.cancel("plan")
            self._planned(history, ready)
            return

        def compute(_: Meter) -> PricedPlan:
            priced = self._workspace.plan(history.request).worked_out()
            self._workspace.plan_before(history)
            return priced

        self._jobs.ask(
            "plan",
            compute,
            partial(self._planned, history),
            failed=partial(self._refused, history),
            shown=lambda _: self._shows.show_waiting(),
        )

    def _planned(self, history: EditHistory, priced: PricedPlan) -> None:
        workspace = self._workspace
        undone = history.at < workspace.shown.at
        edit, price = workspace.accept(history, priced)
        self._shows.show_plan(edit, price, undone=undone)
        self.look_ahead_soon()
        while self._waiting and not workspace.waiting:
            self.edit_when_shown(self._waiting.popleft())

    def _refused(self, history: EditHistory, error: NixdiveError) -> None:
        workspace = self._workspace
        self._waiting.clear()
        if isinstance(error, Unforeseen):
            workspace.wanted = workspace.shown
        else:
            workspace.refused(history)
        self._shows.refuse(error)
        if workspace.waiting:
            self.want(workspace.wanted)
        else:
            self.look_ahead_soon()
