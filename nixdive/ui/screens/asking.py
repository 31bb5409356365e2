"""The part of the main screen that answers what tabs ask for: workers look, and the tab is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import get_current_worker

from nixdive.errors import NixdiveError
from nixdive.ui.messages import PriceReady, PriceWanted, SharingReady, SharingWanted
from nixdive.ui.screens.arranging import ArrangingScreen
from nixdive.ui.standing import price
from nixdive.ui.why_layer_rows import Priced
from nixdive.ui.widgets.share_pane import SharePane
from nixdive.ui.widgets.why_pane import WhyPane
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.ui.history import Edit
    from nixdive.ui.standing import Standing


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
            hint = f"\n{error.hint}" if error.hint else ""
            words = visible(f"{error}") + visible(hint)
            self.notify(
                words, title="Another image cannot be read", severity="error", timeout=60, markup=False
            )

    @on(PriceReady)
    def _price_ready(self, message: PriceReady) -> None:
        self.query_one(WhyPane).priced = message.priced
