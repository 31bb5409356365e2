"""Does some work in the background, and shows how far it is until it is done or cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from textual import work
from textual.widgets import Button, Static

from nixdive.errors import Cancelled, NixdiveError
from nixdive.ui.dialogs.dialog import Dialog
from nixdive.ui.dialogs.gauge import Gauge
from nixdive.ui.dialogs.stack import finish
from nixdive.ui.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from nixdive.progress import Progress

T = TypeVar("T")


class WorkingDialog(Dialog["T | NixdiveError"], Generic[T]):
    """Gives what came of the work, the error that kept it from that, or None if cancelled.

    Attributes:
        note: what is told of the work until its end.
    """

    keys_text = "esc cancel"
    AUTO_FOCUS = "Button"
    note = ""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title_text = title
        self._meter = Meter()

    def do(self, progress: Progress) -> T:
        """Do the work, in a thread of its own.

        Raises:
            NixdiveError: it cannot be done.
            Cancelled: the user stopped it.
        """
        raise NotImplementedError

    def gauge(self) -> Gauge:
        """Return what shows how far it is."""
        return Gauge()

    def fields(self) -> Iterable[Widget]:
        """Return the gauge and what happens until the end."""
        yield self.gauge()
        yield Static("")
        yield Static(self.note, classes="note", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the one button."""
        yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Begin."""
        self._do()
        self.set_interval(0.1, self._look)

    def on_unmount(self) -> None:
        """Stop with the screen: no thread goes on behind the user's back."""
        self._meter.stop()

    def failed(self, error: NixdiveError) -> None:
        """Close with the error: nothing is done any longer."""
        finish(self, error)

    def action_close(self) -> None:
        """Stop; the dialog closes when the work has stopped."""
        self._meter.stop()
        self.query_one(".note", Static).update("stopping")

    def _look(self) -> None:
        self.query_one(Gauge).reading = self._meter.read()

    @work(thread=True, exit_on_error=False)
    def _do(self) -> None:
        result: T | NixdiveError | None
        try:
            result = self.do(self._meter)
        except Cancelled:
            result = None
        except NixdiveError as error:
            result = error
        self.app.call_from_thread(finish, self, result)
