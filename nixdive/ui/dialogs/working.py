"""Does some work in the background, and shows how far it is until it is done or cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widgets import Button, Static

from nixdive.errors import Cancelled
from nixdive.ui.dialogs.dialog import finish
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.progress import Reading, gauge
from nixdive.ui.jobs import Jobs, Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.widget import Widget

    from nixdive.ui.draw.line import Line

WORK = "work"


class WorkingDialog(Vertical):
    """Answers with what came of the work, the error that kept it from that, or None if cancelled.

    Args:
        title: what is done.
        note: what there is to say of the work until its end.
        do: does it, in a thread of its own.
        more: returns lines below the bar, of a width.
        height: rows of the bar and of those lines.
    """

    keys_text = "esc cancel"
    first = "Button"
    sizes: tuple[tuple[int, str], ...] = ()

    def __init__(
        self,
        title: str,
        note: str,
        do: Callable[[Meter], object],
        *,
        more: Callable[[Reading, int], list[Line]] = lambda _, __: [],
        height: int = 2,
    ) -> None:
        super().__init__()
        self.title_text = title
        self._note = Static(note, classes="note", markup=False)
        self._do = do
        self._more = more
        self._jobs = Jobs(self)
        self._meter: Meter | None = None
        self._reading = Reading()
        self._gauge = Drawn(self._draw, ground="panel")
        self._gauge.styles.height = height

    def fields(self) -> Iterable[Widget]:
        """Return the bar and what happens until the end."""
        yield self._gauge
        yield Static("")
        yield self._note

    def buttons(self) -> Iterable[Button]:
        """Return the one button."""
        yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Begin."""
        self._meter = self._jobs.ask(WORK, self._work, self._ended, failed=self._ended, shown=self._look)

    def on_unmount(self) -> None:
        """Stop with the screen: no thread goes on behind the user's back."""
        self._jobs.close()

    def stop(self) -> None:
        """Stop; the dialog closes when the work has stopped."""
        if self._meter is not None:
            self._meter.stop()
        self._note.update("stopping")

    def _work(self, progress: Meter) -> object:
        try:
            return self._do(progress)
        except Cancelled:
            return None

    def _ended(self, result: object) -> None:
        finish(self.screen, result)

    def _look(self, reading: Reading) -> None:
        self._reading = reading
        self._gauge.refresh()

    def _draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  what has no room is cut
        return [*gauge(self._reading, width), *self._more(self._reading, width)]
