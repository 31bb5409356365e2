"""The screen while the input is being read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.worker import Worker

from nixdive.errors import Cancelled, NixdiveError
from nixdive.ui.dialogs.stack import Answering, finish
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.failure import failure
from nixdive.ui.meter import Meter
from nixdive.ui.panes.lines.key_bar import Key, KeyBar
from nixdive.ui.panes.lines.title_bar import TitleBar
from nixdive.visible import visible
from nixdive.workspace.open import OpenRequest, open_workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from nixdive.workspace.workspace import Workspace

_KEYS = (Key("esc", "Cancel", "screen.cancel"),)


class PhaseLine(Drawn):
    """What is being read, and for how long."""

    ground = "raised"

    what: reactive[str] = reactive("opening")
    seconds: reactive[int] = reactive(0)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return the line."""
        since = f"   {self.seconds} s" if self.seconds else ""
        return [(Span(f" {self.what} …"), Span(since, "dim"))]


class LoadingScreen(Answering["Workspace | NixdiveError | None"]):
    """Gives the workspace, the error that kept it from being read, or None if the user stopped it."""

    DEFAULT_CSS = """
    LoadingScreen { background: $nd-ink; }
    LoadingScreen TitleBar { dock: top; height: 1; }
    LoadingScreen #foot { dock: bottom; height: 2; }
    LoadingScreen PhaseLine, LoadingScreen KeyBar { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "cancel", "Cancel", id="loading.cancel")]

    def __init__(self, named: OpenRequest) -> None:
        super().__init__()
        self._named = named
        self._meter = Meter()
        self._meter.start("opening", None)
        self._started = time.monotonic()

    def compose(self) -> ComposeResult:
        """Put the title above and the progress below."""
        from textual.containers import Vertical

        yield TitleBar()
        with Vertical(id="foot"):
            yield PhaseLine()
            yield KeyBar(_KEYS, ())

    def on_mount(self) -> None:
        """Begin."""
        self.query_one(TitleBar).image = "demo" if self._named.demo else " ".join(self._named.inputs)
        self._load()
        self.set_interval(0.2, self._look)

    def on_unmount(self) -> None:
        """Stop with the screen: the program does not wait for what nobody will see."""
        self._meter.stop()

    def action_cancel(self) -> None:
        """Stop: what is read in the background goes nowhere."""
        self._meter.stop()
        self.dismiss(None)

    def _look(self) -> None:
        line = self.query_one(PhaseLine)
        line.what = self._meter.read().what
        line.seconds = int(time.monotonic() - self._started)

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        if (error := failure(event)) is not None and not self._meter.cancelled():
            finish(self, error)

    @work(thread=True, exit_on_error=False)
    def _load(self) -> None:
        result: Workspace | NixdiveError
        try:
            result = open_workspace(self._named, self._meter)
            result.priced.worked_out()
            _ = result.subject.closure.measures  # worked out here, so that the screen need not wait for them
        except Cancelled:
            return
        except NixdiveError as error:
            result = error
        if not self._meter.cancelled():
            self.app.call_from_thread(self._finish, result)

    def _finish(self, result: Workspace | NixdiveError) -> None:
        for note in self._meter.notes:
            self.app.notify(visible(note), severity="warning", timeout=15, markup=False)
        finish(self, result)
