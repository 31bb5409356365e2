"""The part of the main screen that saves: images, plan files, and the question before edits are lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work

from nixdive.errors import NixdiveError
from nixdive.ui.failure import tell
from nixdive.ui.main.comparing import ComparingScreen
from nixdive.ui.panes.messages import PlanWritten
from nixdive.visible import visible

if TYPE_CHECKING:
    from textual.timer import Timer

    from nixdive.image.forecast import Survey
    from nixdive.image.measured import Measured
    from nixdive.layering.request import PlanRequest
    from nixdive.ui.dialogs.write_order import WriteOrder
    from nixdive.ui.dialogs.writing import Outcome
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.workspace import Workspace

_SOON = 0.05


class SavingScreen(ComparingScreen):
    """Has the actions that write, open plan files and leave; a subclass shows what is left to write."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._spec = workspace.subject.spec
        self._measured: Measured | None = None
        self._target: Path | None = None  # where the last image went
        self._timer: Timer | None = None

    def show_saved(self) -> None:
        """Show how many edits are not written."""
        raise NotImplementedError

    def leave(self) -> None:
        """Leave without a question."""
        self.app.exit()

    def action_write(self, form: str | None = None) -> None:
        """Ask where to and in which form, write, and show what was written.

        Args:
            form: the form that is chosen at first; None for an image where one can be written.
        """
        if self.workspace.waiting:  # what is to be written is being planned
            if self._timer is None:
                self._timer = self.set_timer(_SOON, partial(self._write_soon, form))
            return
        from nixdive.image.measured import Measured
        from nixdive.ui.dialogs.write import WriteDialog

        subject, priced = self.workspace.subject, self.workspace.priced
        self._measured = measured = self._measured or Measured()

        def survey() -> Survey:
            from nixdive.image.forecast import Survey

            return Survey(priced.plan, subject.contents, subject.base, subject.customisation, measured)

        def asked(order: WriteOrder | None) -> None:
            if order is not None and order.image:
                self._spec, self._target = order.spec, order.target
                self._write_image(order, priced)
            elif order is not None:
                self._write_plan(order, priced)

        form = form or ("plan file" if subject.missing else None)
        target = self._target if form is None else None
        look = None if subject.missing else survey
        self.app.push_screen(WriteDialog(self._spec, priced.plan, look, form, target), asked)

    def _write_soon(self, form: str | None) -> None:
        self._timer = None
        if self.is_current:
            self.action_write(form)

    def _write_image(self, order: WriteOrder, priced: PricedPlan) -> None:
        from nixdive.ui.dialogs.writing import WritingDialog
        from nixdive.ui.dialogs.written import WrittenDialog

        def finished(result: Outcome | NixdiveError | None) -> None:
            if result is None:
                self.notify("Cancelled, nothing was written")
            elif isinstance(result, NixdiveError):
                tell(self, result)
            else:
                if self._measured is not None:
                    self._measured.note(priced.plan, order.spec, result.image)
                self._saved(priced)
                self.app.push_screen(WrittenDialog(result, order, priced))

        dialog = WritingDialog(order, priced.plan, self.workspace.subject)
        self.app.push_screen(dialog, finished)

    @work(thread=True, group="plan-file", exit_on_error=False)
    def _write_plan(self, order: WriteOrder, priced: PricedPlan) -> None:
        from nixdive.documents.forms import save_plan

        error = None
        try:
            save_plan(order.form, self.workspace.subject, priced, order.target)
        except NixdiveError as found:
            error = found
        self.post_message(PlanWritten(order.target, priced, error))

    @on(PlanWritten)
    def _plan_written(self, message: PlanWritten) -> None:
        if message.error is not None:
            tell(self, message.error)
            return
        self._saved(message.priced)
        self.notify(f"Plan saved to {visible(str(message.target))}", markup=False)

    def _saved(self, priced: PricedPlan) -> None:
        if self.workspace.priced is priced:  # edits that were made meanwhile are not in it
            self.workspace.saved()
            self.show_saved()

    def action_open_plan(self) -> None:
        """Ask for a plan file, and lay out as it says: one step, which can be undone."""
        from nixdive.layering.remarks import remarks
        from nixdive.ui.dialogs.open_plan import OpenPlanDialog
        from nixdive.workspace import opened_plan
        from nixdive.workspace.forms import suggested

        def decided(answer: tuple[Path, PlanRequest] | None) -> None:
            if answer is None:
                return
            step = opened_plan.edit(self.request, *answer)
            if step is None:
                self.notify(f"{visible(answer[0].name)} asks for what is here already", markup=False)
            for remark in remarks(self.workspace.subject.closure.paths, answer[1], len(answer[1].carried)):
                self.notify(visible(remark), severity="warning", markup=False)
            self.edit(step)

        file = Path(suggested(self._spec.name, "plan file"))
        self.app.push_screen(OpenPlanDialog(self.workspace, str(file) if file.is_file() else ""), decided)

    def action_leave(self) -> None:
        """Quit; ask once where edits are not written."""
        from nixdive.ui.dialogs.leave import LeaveDialog

        edits = self.workspace.shown.unwritten
        if not edits or isinstance(self.app.screen, LeaveDialog):
            self.leave()
            return

        def decided(answer: str | None) -> None:
            if answer == "leave":
                self.leave()
            elif answer is not None:
                self.action_write("plan file" if answer == "save-plan" else None)

        self.app.push_screen(LeaveDialog(edits), decided)
