"""Writes files of a layer to the disk and shows how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.markup import escape
from textual.widgets import Button, Static

from nixdive.errors import Cancelled, NixdiveError
from nixdive.ui.dialogs.dialog import Dialog
from nixdive.ui.dialogs.gauge import Gauge
from nixdive.ui.meter import Meter
from nixdive.ui.screens.stack import finish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from threading import Event

    from textual.widget import Widget

    from nixdive.progress import Progress


class ExtractingDialog(Dialog["str | NixdiveError"]):
    """Gives what was written in words, the error that kept it from that, or None if cancelled.

    Args:
        what: what is written, for the title.
        write: writes it, told to whom its progress goes; returns the words.
        stop: set to stop it.
    """

    keys_text = "esc cancel"
    AUTO_FOCUS = "Button"

    def __init__(self, what: str, write: Callable[[Progress], str], stop: Event) -> None:
        super().__init__()
        self.title_text = f"Extracting {escape(what)}"
        self._order = write
        self._stop = stop
        self._meter = Meter(stop)

    def fields(self) -> Iterable[Widget]:
        """Return the gauge."""
        yield Gauge()
        yield Static("")
        yield Static(
            "It appears when it is complete; cancelled, it leaves nothing.", classes="note", markup=False
        )

    def buttons(self) -> Iterable[Button]:
        """Return the one button."""
        yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Begin."""
        self._write()
        self.set_interval(0.1, self._look)

    def on_unmount(self) -> None:
        """Stop with the screen."""
        self._stop.set()

    def _look(self) -> None:
        self.query_one(Gauge).reading = self._meter.read()

    @work(thread=True, exit_on_error=False)
    def _write(self) -> None:
        result: str | NixdiveError | None
        try:
            result = self._order(self._meter)
        except Cancelled:
            result = None
        except NixdiveError as error:
            result = error
        self.app.call_from_thread(finish, self, result)

    def failed(self, error: NixdiveError) -> None:
        """Close with the error: nothing is written any longer."""
        finish(self, error)

    @on(Button.Pressed, "#cancel")
    def action_close(self) -> None:
        """Stop; the dialog closes when the work has stopped."""
        self._stop.set()
        self.query_one(".note", Static).update("stopping")
