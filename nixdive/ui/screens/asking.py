"""The part of the main screen that answers what tabs ask for: workers look, and the tab is told."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import get_current_worker

from nixdive.errors import Cancelled, NixdiveError
from nixdive.progress import check
from nixdive.ui.failure import tell
from nixdive.ui.messages import (
    FilesReady,
    FilesUnwanted,
    FilesWanted,
    PriceReady,
    PriceWanted,
    SharingReady,
    SharingWanted,
)
from nixdive.ui.meter import Meter
from nixdive.ui.screens.arranging import ArrangingScreen
from nixdive.ui.standing import price
from nixdive.ui.why_layer_rows import Priced
from nixdive.ui.widgets.diff_pane import DiffPane
from nixdive.ui.widgets.share_pane import SharePane
from nixdive.ui.widgets.why_pane import WhyPane

if TYPE_CHECKING:
    from nixdive.contents.path_changes import PathChanges
    from nixdive.ui.diff_rows import Difference
    from nixdive.ui.history import Edit
    from nixdive.ui.standing import Standing

_SOON = 0.2


class AskingScreen(ArrangingScreen):
    """Looks for what tabs ask for, in workers."""

    @on(PriceWanted)
    def _price_wanted(self, message: PriceWanted) -> None:
        self._price(message.edit, self.desk.standing)

    @work(thread=True, exclusive=True, group="price", exit_on_error=False)
    def _price(self, edit: Edit, now: Standing) -> None:
        worker = get_current_worker()
        try:
            found = Priced(edit, price(self.desk.plan(edit.request), now))
        except NixdiveError as error:
            found = Priced(edit, None, str(error))
        if not worker.is_cancelled:
            self.post_message(PriceReady(found))

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
        contents = self.desk.subject.contents
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
        self._share(message.standing)

    @work(thread=True, exclusive=True, group="share", exit_on_error=False)
    def _share(self, standing: Standing) -> None:
        from nixdive.ui.fleet import share, together

        worker = get_current_worker()
        subject, others = self.desk.subject, self.desk.others
        shared = share(subject, standing.plan, others)
        if worker.is_cancelled:
            return
        self.post_message(SharingReady(standing, shared, None))
        joint = together(subject, standing.plan, others)
        if not worker.is_cancelled:
            self.post_message(SharingReady(standing, shared, joint))

    @on(SharingReady)
    def _sharing_ready(self, message: SharingReady) -> None:
        pane = self.query_one(SharePane)
        if pane.standing is message.standing:
            pane.set_reactive(SharePane.joint, message.joint)
            pane.shared = message.shared
            pane.mutate_reactive(SharePane.joint)

    def show_unread(self) -> None:
        """Tell which of the other images cannot be read; the rest is there all the same."""
        for error in self.desk.unread:
            tell(self, error, title="Another image cannot be read", timeout=20)

    @on(PriceReady)
    def _price_ready(self, message: PriceReady) -> None:
        self.query_one(WhyPane).priced = message.priced
