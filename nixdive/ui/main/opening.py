"""The screens before the main one: how to name an input, and while it is being read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.screen import Screen

from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.dialogs.dialog import answer, finish
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.draw.progress import Reading, phase
from nixdive.ui.jobs import Jobs, Meter
from nixdive.ui.panes.lines.above import name_line
from nixdive.ui.panes.lines.below import key_bar
from nixdive.ui.verbs import FOOTERS, bindings
from nixdive.visible import visible
from nixdive.workspace.open import OpenRequest, open_workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.errors import NixdiveError
    from nixdive.opening.subject import Subject
    from nixdive.ui.panes.closure.early import EarlyClosure
    from nixdive.workspace.workspace import Workspace

_INPUTS = (
    ("nixdive ./result", "a build result or a store path"),
    ("nixdive .#app", "a flake installable, built first"),
    ("nixdive image.tar", "an archive or OCI layout, of any builder"),
    ("nixdive docker://HOST/NAME:TAG", "an image in a registry"),
    ("nixdive closure", "nix-store --dump-db $(nix-store -qR PATH)"),
    ("nixdive conf.json", "what streamLayeredImage made, with its layers"),
    ("nixdive NEW --against OLD", "what the next push costs"),
)


def offer(width: int) -> list[Line]:
    """Return how to name an input; a click on the offer opens the demo."""
    demo, ground = "screen.demo", "cursor"
    return [
        heading("Open", width, focused=True),
        (),
        (Span("  Nothing is open. Name what you want to see:"),),
        (),
        *((Span(f"  {call:<32}", "bright"), Span(words, "dim")) for call, words in _INPUTS),
        (),
        (
            Span("  "),
            Span(" enter  ", "accent", bold=True, ground=ground, action=demo),
            Span("look around in the demo image", "bright", bold=True, ground=ground, action=demo),
            Span("   a web shop of 49 paths, needs no Nix ", "text", ground=ground, action=demo),
        ),
    ]


class StartScreen(Screen[bool]):
    """Gives True for the demo, False to quit."""

    DEFAULT_CSS = """
    StartScreen { background: $nd-ink; }
    StartScreen #title { height: 1; margin-bottom: 1; }
    StartScreen #offer { height: 1fr; }
    StartScreen #keys { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Start")]

    def compose(self) -> ComposeResult:
        """Put the lines between title and keys."""
        yield Drawn(lambda width, _: [name_line("", width)], ground="panel", id="title")
        yield Drawn(lambda width, _: offer(width), id="offer")
        yield Drawn(
            lambda width, _: [key_bar(FOOTERS["start"], (), KeySigns(), width)], ground="panel", id="keys"
        )

    def action_demo(self) -> None:
        """Open the demo."""
        answer(self, True)

    def action_quit(self) -> None:
        """Leave."""
        answer(self, False)


class LoadingScreen(Screen["Workspace | NixdiveError | None"]):
    """Gives the workspace, the error that kept it from being read, or None if the user stopped it.

    What takes longest is often the first plan: the closure is shown as soon as it is there.
    """

    DEFAULT_CSS = """
    LoadingScreen { background: $nd-ink; }
    LoadingScreen #title { dock: top; height: 1; }
    LoadingScreen #foot { dock: bottom; height: 2; }
    LoadingScreen #phase, LoadingScreen #keys { height: 1; }
    LoadingScreen #log { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Loading")]

    def __init__(self, named: OpenRequest) -> None:
        super().__init__()
        self._named = named
        self._jobs = Jobs(self)
        self._reading = Reading("opening")
        self._meter: Meter | None = None
        self._began = time.monotonic()

    def compose(self) -> ComposeResult:
        """Put the title above and the progress below."""
        image = "demo" if self._named.demo else " ".join(self._named.inputs)
        yield Drawn(lambda width, _: [name_line(image, width)], ground="panel", id="title")
        yield Drawn(self._draw_log, id="log")
        with Vertical(id="foot"):
            yield Drawn(self._draw_phase, ground="raised", id="phase")
            yield Drawn(
                lambda width, _: [key_bar(FOOTERS["loading"], (), KeySigns(), width)],
                ground="panel",
                id="keys",
            )

    def _draw_phase(self, _width: int, _height: int) -> list[Line]:
        began = self._reading.seconds if self._reading.log else time.monotonic() - self._began
        return [phase(self._reading.what or "opening", began)]

    def _draw_log(self, width: int, height: int) -> list[Line]:
        lines = self._reading.log[-height:] if height else ()
        shown: list[Line] = [(Span(f" {visible(line)}"[:width], "dim"),) for line in lines]
        return [()] * (height - len(shown)) + shown  # the newest one right above the phase

    def on_mount(self) -> None:
        """Begin."""
        self._meter = self._jobs.ask(
            "load",
            self._open,
            self._loaded,
            failed=self._loaded,
            partly=self._show_closure,
            shown=self._look,
        )

    def on_unmount(self) -> None:
        """Stop with the screen: the program does not wait for what nobody will see."""
        self._jobs.close()

    def action_cancel(self) -> None:
        """Stop: what is read in the background goes nowhere."""
        self._jobs.close()
        answer(self, None)

    def _open(self, progress: Meter) -> Workspace:
        def show(subject: Subject) -> None:
            _ = subject.closure.measures  # worked out here, so that the screen need not wait for them
            if len(subject.closure):
                from nixdive.ui.panes.closure.early import EarlyClosure  # after the first frame

                progress.partly(EarlyClosure(subject.closure))

        workspace = open_workspace(self._named, progress, show)
        workspace.priced.worked_out()
        return workspace

    def _show_closure(self, early: EarlyClosure) -> None:
        log = self.query_one("#log")
        self.mount(early, before=log)
        log.display = False
        self.set_focus(early.listing)

    def _loaded(self, result: Workspace | NixdiveError) -> None:
        for note in self._meter.notes if self._meter is not None else ():
            self.app.notify(visible(note), severity="warning", timeout=15, markup=False)
        finish(self, result)

    def _look(self, reading: Reading) -> None:
        self._reading = reading
        self.query_one("#phase").refresh()
        self.query_one("#log").refresh()
