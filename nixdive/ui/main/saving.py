"""Images and plans are written and opened; the question before edits are lost."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive.errors import NixdiveError
from nixdive.ui.jobs import tell
from nixdive.visible import visible

if TYPE_CHECKING:
    from textual.timer import Timer

    from nixdive.image.forecast import Measured, Survey
    from nixdive.layering.request import PlanRequest
    from nixdive.ui.dialogs.write import WriteOrder
    from nixdive.ui.dialogs.writing import Outcome
    from nixdive.ui.main.screen import MainScreen
    from nixdive.workspace.priced_plan import PricedPlan

_SOON = 0.05


class Saving:
    """Writes, opens plan files, and leaves."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._workspace = screen.workspace
        self._spec = screen.workspace.subject.spec
        self._measured: Measured | None = None
        self._target: Path | str | None = None  # where the last image went
        self._timer: Timer | None = None

    def write(self, form: str | None = None) -> None:
        """Ask where to and in which form, write, and show what was written.

        Args:
            form: the form that is chosen at first; None for an image where one can be written.
        """
        if self._workspace.waiting:  # what is to be written is being planned
            if self._timer is None:
                self._timer = self._screen.set_timer(_SOON, partial(self._write_soon, form))
            return
        from nixdive.image.forecast import Measured
        from nixdive.ui.dialogs.write import WriteDialog

        subject, priced = self._workspace.subject, self._workspace.priced
        self._measured = measured = self._measured or Measured()

        def survey() -> Survey:
            from nixdive.cache.user import user_cache
            from nixdive.image.forecast import Survey

            cache = user_cache(lambda _: None)  # what is wrong with it is said when the image is written
            return Survey(subject.to_write(priced.plan, subject.spec), measured, cache=cache)

        def asked(order: WriteOrder | None) -> None:
            if order is not None and order.image:
                self._spec, self._target = order.spec, order.target
                self._write_image(order, priced)
            elif order is not None:
                self._write_plan(order, priced)

        form = form or ("plan file" if subject.missing else None)
        target = self._target if form is None else None
        look = None if subject.missing else survey
        self._screen.ask(
            WriteDialog(self._spec, priced.plan, look, form, target, keys=self._screen.keys), asked
        )

    def _write_soon(self, form: str | None) -> None:
        self._timer = None
        if self._screen.is_current:
            self.write(form)

    def _write_image(self, order: WriteOrder, priced: PricedPlan) -> None:
        from nixdive.ui.dialogs.writing import writing
        from nixdive.ui.dialogs.written import WrittenDialog

        def finished(result: Outcome | NixdiveError | None) -> None:
            if result is None:
                self._screen.notify("Cancelled; nothing was written")
            elif isinstance(result, NixdiveError):
                tell(self._screen, result)
            else:
                if self._measured is not None:
                    self._measured.note(priced.plan, order.spec, result.image)
                self._saved(priced)
                self._screen.ask(WrittenDialog(result, order, priced), lambda _: None)

        self._screen.ask(writing(order, priced.plan, self._workspace), finished)

    def _write_plan(self, order: WriteOrder, priced: PricedPlan) -> None:
        place = Path(order.target)

        def write(_: object) -> None:
            from nixdive.documents.forms import save_plan

            save_plan(order.form, self._workspace.subject, priced, order.spec, place)

        def written(_: None) -> None:
            self._saved(priced)
            self._screen.notify(f"Plan saved to {visible(str(order.target))}", markup=False)

        self._screen.jobs.ask("plan file", write, written)

    def _saved(self, priced: PricedPlan) -> None:
        if self._workspace.priced is priced:  # edits that were made meanwhile are not in it
            self._workspace.saved()
            self._screen.refresh_lines("title")

    def open_plan(self) -> None:
        """Ask for a plan file, and lay out as it says: one step, which can be undone."""
        from nixdive.layering.pins import remarks
        from nixdive.ui.dialogs.open_plan import OpenPlanDialog
        from nixdive.workspace import plan_files
        from nixdive.workspace.targets import suggested

        def decided(chosen: tuple[Path, PlanRequest] | None) -> None:
            if chosen is None:
                return
            step = plan_files.edit(self._workspace.wanted.request, *chosen)
            if step is None:
                self._screen.notify(f"{visible(chosen[0].name)} asks for what is already shown", markup=False)
            request = chosen[1]
            for remark in remarks(self._workspace.subject.closure.paths, request, len(request.carried)):
                self._screen.notify(visible(remark), severity="warning", markup=False)
            self._screen.edit(step)

        file = str(Path(suggested(self._spec.name, "plan file")))
        there = os.path.isfile(file)  # noqa: PTH113  it answers False where it cannot tell
        self._screen.ask(OpenPlanDialog(self._workspace, file if there else ""), decided)

    def leave(self) -> None:
        """Quit; ask once where edits are not written."""
        from nixdive.ui.dialogs.dialog import DialogScreen
        from nixdive.ui.dialogs.questions import LeaveDialog

        edits, above = self._workspace.shown.unwritten, self._screen.app.screen
        if not edits or (isinstance(above, DialogScreen) and isinstance(above.dialog, LeaveDialog)):
            self._quit()
            return

        def decided(chosen: str | None) -> None:
            if chosen == "leave":
                self._quit()
            elif chosen is not None:
                self.write("plan file" if chosen == "save-plan" else None)

        self._screen.ask(LeaveDialog(edits), decided)

    def _quit(self) -> None:
        self._screen.arrangement.keep()
        self._screen.app.exit()
