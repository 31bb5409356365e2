"""The part of the main screen that tells tabs what they ask for: workers look, and the tab is told."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import get_current_worker

from nixdive.errors import Cancelled, NixdiveError
from nixdive.progress import check
from nixdive.ui.failure import tell
from nixdive.ui.main.browsing import BrowsingScreen
from nixdive.ui.meter import Meter
from nixdive.ui.panes.diff.pane import DiffPane
from nixdive.ui.panes.messages import (
    CurveReady,
    CurveWanted,
    FilesReady,
    FilesUnwanted,
    FilesWanted,
    PriceReady,
    PriceWanted,
    SharingReady,
    SharingWanted,
)
from nixdive.ui.panes.push.pane import PushPane
from nixdive.ui.panes.share.pane import SharePane
from nixdive.ui.panes.why.layer_rows import PricedEdit
from nixdive.ui.panes.why.pane import WhyPane
from nixdive.workspace.priced_plan import price

if TYPE_CHECKING:
    from nixdive.contents.path_changes import PathChanges
    from nixdive.layering.request import PlanRequest
    from nixdive.ui.panes.diff.rows import Difference
    from nixdive.workspace.history import Edit
    from nixdive.workspace.priced_plan import PricedPlan

_SOON = 0.2


class TellingScreen(BrowsingScreen):
    """Looks for prices, files, shared layers and the curve, in workers."""

    @on(PriceWanted)
    def _price_wanted(self, message: PriceWanted) -> None:
        self._price(message.edit, self.workspace.priced)

    @work(thread=True, exclusive=True, group="price", exit_on_error=False)
    def _price(self, edit: Edit, now: PricedPlan) -> None:
        worker = get_current_worker()
        try:
            found = PricedEdit(edit, price(self.workspace.plan(edit.request), now))
        except NixdiveError as error:
            found = PricedEdit(edit, None, str(error))
        if not worker.is_cancelled:
            self.post_message(PriceReady(found))

    @on(PriceReady)
    def _price_ready(self, message: PriceReady) -> None:
        self.query_one(WhyPane).priced_edit = message.priced_edit

    @on(CurveWanted)
    def _curve_wanted(self) -> None:
        self._draw_curve(self.workspace.shown.request)

    @work(thread=True, exclusive=True, group="curve", exit_on_error=False)
    def _draw_curve(self, request: PlanRequest) -> None:
        worker = get_current_worker()
        found = self.workspace.curve(request, Meter(lambda: worker.is_cancelled))
        if found is not None:
            self.post_message(CurveReady(found))

    @on(CurveReady)
    def _curve_ready(self, message: CurveReady) -> None:
        self.query_one(PushPane).curve = message.curve

    @on(FilesWanted)
    def _files_wanted(self, message: FilesWanted) -> None:
        self._read_files(message.packages)

    @on(FilesUnwanted)
    def _files_unwanted(self) -> None:
        self.workers.cancel_group(self, "files")
        self.query_one(DiffPane).stopped()

    @work(thread=True, exclusive=True, group="files", exit_on_error=False)
    def _read_files(self, packages: tuple[Difference, ...]) -> None:
        from nixdive.contents.path_changes import path_changes

        worker = get_current_worker()
        progress = Meter(lambda: worker.is_cancelled)
        contents = self.workspace.subject.contents
        found: dict[Difference, PathChanges | None] = {}
        told = time.monotonic()
        with suppress(Cancelled):
            for one in packages:
                with suppress(NixdiveError):  # as if they were not here
                    found[one] = None
                    found[one] = path_changes(contents, one.old, one.path, progress)
                if time.monotonic() - told > _SOON:
                    told = time.monotonic()
                    self.post_message(FilesReady(dict(found), finished=False))
            check(progress)
            self.post_message(FilesReady(found, finished=True))

    def gave_up(self, group: str, cause: str) -> None:
        """Wait no longer for what a worker of a group would have given."""
        super().gave_up(group, cause)
        if group == "files":
            self.query_one(DiffPane).stopped()

    @on(FilesReady)
    def _files_ready(self, message: FilesReady) -> None:
        pane = self.query_one(DiffPane)
        pane.files = message.found
        if message.finished:
            pane.stopped()

    @on(SharingWanted)
    def _sharing_wanted(self, message: SharingWanted) -> None:
        self._share(message.priced)

    @work(thread=True, exclusive=True, group="share", exit_on_error=False)
    def _share(self, priced: PricedPlan) -> None:
        from nixdive.workspace.others import share, together

        worker = get_current_worker()
        subject, others = self.workspace.subject, self.workspace.others
        shared = share(subject, priced.plan, others)
        if worker.is_cancelled:
            return
        self.post_message(SharingReady(priced, shared, None))
        joint = together(subject, priced.plan, others)
        if not worker.is_cancelled:
            self.post_message(SharingReady(priced, shared, joint))

    @on(SharingReady)
    def _sharing_ready(self, message: SharingReady) -> None:
        pane = self.query_one(SharePane)
        if pane.priced is message.priced:
            pane.set_reactive(SharePane.joint, message.joint)
            pane.shared = message.shared
            pane.mutate_reactive(SharePane.joint)

    def show_unread(self) -> None:
        """Tell which of the other images cannot be read; the rest is there all the same."""
        for error in self.workspace.unread:
            tell(self, error, title="Another image cannot be read", timeout=20)
