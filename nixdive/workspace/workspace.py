"""What the user works on: the subject, the steps so far, and the plans that were already made."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.errors import PlanError
from nixdive.workspace.curve import curve
from nixdive.workspace.priced_plan import Price, PricedPlan, believing, price, priced_plan

if TYPE_CHECKING:
    from nixdive.errors import NixdiveError
    from nixdive.layering.planner import Planner
    from nixdive.layering.request import PlanRequest
    from nixdive.opening import Subject
    from nixdive.progress import Progress
    from nixdive.workspace.curve import Curve
    from nixdive.workspace.history import Edit, EditHistory
    from nixdive.workspace.others import Other
    from nixdive.workspace.priced_plan import Baseline

_KEPT = 64  # plans
# budgets that the curve is worked out for
_POINTS, _FEW = 40, 16
_MANY = 1500  # paths from which on a plan takes its time


class Workspace:
    """A subject with its steps.

    Two histories: the one that is shown, whose plan is there, and the one that is wanted, whose plan is being
    made. Keys edit the wanted one, so that quick keys add up.

    Attributes:
        subject: what was opened.
        planner: makes its plans.
        baseline: the earlier version, or None.
        others: other images of the registry.
        unread: what kept some of them from being opened.
        shown: the steps that the screen shows.
        wanted: the steps that the user has asked for.
    """

    def __init__(
        self,
        subject: Subject,
        planner: Planner,
        baseline: Baseline | None,
        history: EditHistory,
        first: PricedPlan,
        *,
        others: tuple[Other, ...] = (),
        unread: tuple[NixdiveError, ...] = (),
    ) -> None:
        self.subject = subject
        self.planner = planner
        self.baseline = baseline
        self.others = others
        self.unread = unread
        self.shown = history
        self.wanted = history
        self._made = {history.request: first}

    def plan(self, request: PlanRequest) -> PricedPlan:
        """Return the plan for a request with its figures; from any thread.

        Raises:
            PlanError: the request cannot be met.
        """
        made = self._made.get(request)
        if made is None:
            made = priced_plan(self.planner, self.baseline, request)
            if len(self._made) >= _KEPT:
                self._made = {key: self._made[key] for key in self._around() if key in self._made}
            self._made[request] = made
        return made

    def plan_before(self, history: EditHistory) -> None:
        """Make the plan before the last step, which quick keys may have skipped; from any thread.

        The price of a step is the difference to that one.
        """
        if history.before is not None:
            with suppress(PlanError):
                self.plan(history.before.request)

    def curve(self, request: PlanRequest, progress: Progress) -> Curve | None:
        """Return what releases cost over the layer budget; from any thread. None where it was cancelled."""
        points = _POINTS if len(self.subject.closure) < _MANY else _FEW
        return curve(self.planner, request, points, progress)

    @property
    def waiting(self) -> bool:
        """Whether a plan is being made."""
        return self.wanted is not self.shown

    @property
    def priced(self) -> PricedPlan:
        """The plan that is shown."""
        return self._made[self.shown.request]

    @property
    def before(self) -> PricedPlan | None:
        """The plan before the step that is shown, under what is believed now; None at the start."""
        edit = self.shown.before
        before = self._made.get(edit.request) if edit else None
        return believing(before, self.priced.model) if before else None

    def accept(self, history: EditHistory, priced: PricedPlan) -> tuple[Edit | None, Price]:
        """Show a history whose plan is ready.

        Returns:
            The step that led there and what it costs: of an undone step what undoing it costs.
        """
        came_from, was = self.shown, self.priced
        self.shown = history
        self._made[history.request] = priced
        back = history.undone is not None and came_from.at == history.at + 1
        if back and history.undone is not None:
            return history.undone, price(priced, was)
        before = self.before
        return (history.now, price(priced, before or was)) if history.at else (None, Price(0, 0))

    def drop(self, history: EditHistory) -> EditHistory:
        """Take a step that cannot be met out of what is wanted, and return what is wanted then."""
        if history.edits == self.shown.edits:  # an undo or a redo came to a step that quick keys had passed
            back = history.at < self.shown.at
            self.shown = self.shown.without(history.at)
            self.wanted = replace(self.shown, at=history.at - 1) if back and history.at else self.shown
            return self.wanted
        rest = history.dropped()
        self.wanted = self.shown if rest.edits == self.shown.edits[: len(rest.edits)] else rest
        return self.wanted

    def saved(self) -> None:
        """Take what is shown for written."""
        same = self.wanted is self.shown
        self.shown = self.shown.saved()
        if same:
            self.wanted = self.shown

    def _around(self) -> list[PlanRequest]:
        near = self.shown.edits[max(self.shown.at - 8, 0) : self.shown.at + 9]
        return [*(edit.request for edit in near), self.wanted.request]
