"""The part of the main screen that answers what tabs ask for: workers look, and the tab is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import get_current_worker

from nixdive.errors import NixdiveError
from nixdive.ui.messages import PriceReady, PriceWanted
from nixdive.ui.screens.arranging import ArrangingScreen
from nixdive.ui.standing import price
from nixdive.ui.why_layer_rows import Priced
from nixdive.ui.widgets.why_pane import WhyPane

if TYPE_CHECKING:
    from nixdive.ui.history import Edit
    from nixdive.ui.standing import Standing


class AskingScreen(ArrangingScreen):
    """Looks for what tabs ask for, in workers."""

    @on(PriceWanted)
    def _price_wanted(self, message: PriceWanted) -> None:
        self._price(message.edit, self.desk.standing)

    @work(thread=True, exclusive=True, group="price")
    def _price(self, edit: Edit, now: Standing) -> None:
        worker = get_current_worker()
        try:
            found = Priced(edit, price(self.desk.plan(edit.request), now))
        except NixdiveError as error:
            found = Priced(edit, None, str(error))
        if not worker.is_cancelled:
            self.post_message(PriceReady(found))

    @on(PriceReady)
    def _price_ready(self, message: PriceReady) -> None:
        self.query_one(WhyPane).priced = message.priced
