"""The part of the main screen that plans: steps become requests to a worker, plans come back."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual import on, work
from textual.screen import Screen
from textual.worker import Worker, get_current_worker

from nixdive.errors import NixdiveError, PlanError
from nixdive.ui.failure import failure, tell
from nixdive.ui.panes.messages import Planned, Refused
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.workspace.history import Edit, EditHistory
    from nixdive.workspace.priced_plan import Price
    from nixdive.workspace.workspace import Workspace

_SOON = 0.1


class PlanningScreen(Screen[None]):
    """Keeps the steps and plans in a worker; a subclass makes the steps and shows what comes of them."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self._waiting: deque[Callable[[], Edit]] = deque()

    def show_plan(self, edit: Edit | None, price: Price, *, undone: bool) -> None:
        """Show the plan of the workspace; the edit led there and has this price."""
        raise NotImplementedError

    def show_waiting(self) -> None:
        """Show that a plan is being made."""
        raise NotImplementedError

    def show_refusal(self, cause: str) -> None:
        """Show why an edit cannot be made; the plan stays as it was."""
        raise NotImplementedError

    def edit(self, step: Edit | None) -> None:
        """Make one more step, if it is one."""
        if step is not None:
            self._want(self.workspace.wanted.did(step))

    def edit_when_shown(self, make: Callable[[], Edit]) -> None:
        """Make a step that depends on the plan; where one is being made, as soon as it is there.

        Args:
            make: looks at the plan that is shown, and returns the step; raises PlanError where it cannot be.
        """
        if self.workspace.waiting:
            self._waiting.append(make)
            return
        try:
            self.edit(make())
        except PlanError as error:
            self.show_refusal(visible(str(error)))

    def _want(self, history: EditHistory) -> None:
        self.workspace.wanted = history
        self.set_timer(_SOON, self._say_that_it_takes_time)
        self._plan(history)

    @work(thread=True, exclusive=True, group="plan", exit_on_error=False)
    def _plan(self, history: EditHistory) -> None:
        worker = get_current_worker()
        try:
            priced = self.workspace.plan(history.request)
            self.workspace.plan_before(history)
        except NixdiveError as error:
            if not worker.is_cancelled:
                self.post_message(Refused(history, str(error)))
            return
        if not worker.is_cancelled:
            self.post_message(Planned(history, priced))

    @on(Planned)
    def _planned(self, message: Planned) -> None:
        if message.history is self.workspace.wanted:
            undone = message.history.at < self.workspace.shown.at
            edit, price = self.workspace.accept(message.history, message.priced)
            self.show_plan(edit, price, undone=undone)
            while self._waiting and not self.workspace.waiting:
                self.edit_when_shown(self._waiting.popleft())

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        if message.history is self.workspace.wanted:
            rest = self.workspace.drop(message.history)
            self._waiting.clear()
            self.show_refusal(visible(message.cause))
            if rest is not self.workspace.shown:
                self._plan(rest)

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        if (error := failure(event)) is not None:
            tell(self, error)
            self.gave_up(event.worker.group, str(error))

    def gave_up(self, group: str, cause: str) -> None:
        """Wait no longer for what a worker of a group would have given."""
        if group == "plan" and self.workspace.waiting:
            self.workspace.wanted = self.workspace.shown
            self.show_refusal(visible(cause))

    def _say_that_it_takes_time(self) -> None:
        if self.workspace.waiting:
            self.show_waiting()

    def action_undo(self) -> None:
        """Go one step back."""
        if self.workspace.wanted.at:
            self._want(self.workspace.wanted.undo())

    def action_redo(self) -> None:
        """Go one step forward again."""
        if self.workspace.wanted.undone is not None:
            self._want(self.workspace.wanted.redo())
