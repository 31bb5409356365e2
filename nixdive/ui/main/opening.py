"""The screens before the main one: how to name an input, and while it is being read."""

from __future__ import annotations

import textwrap
import time
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from nixdive.collector import settle
from nixdive.sizes import prose
from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.dialogs.dialog import answer, finish
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.draw.progress import Reading, going, phase
from nixdive.ui.jobs import Jobs, Meter
from nixdive.ui.panes.lines.above import name_line
from nixdive.ui.panes.lines.below import key_bar
from nixdive.ui.verbs import FOOTERS, bindings
from nixdive.visible import visible
from nixdive.words import counted
from nixdive.workspace.open import OpenRequest, open_workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.closure.closure import Closure
    from nixdive.errors import NixdiveError
    from nixdive.image.readers.stored import StoredImage
    from nixdive.ui.panes.closure.early import EarlyClosure
    from nixdive.ui.panes.layers.early import EarlyLayers
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
_PAINTING = 0.3  # seconds that painting may take
_READING = "reading"  # the phase in which the layers of an image are read
_HINT = (
    "Store paths appear once the layers are read.",
    "References are found by looking for hashes in files.",
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

    It fills: the layers of an image with their sizes stand there before any is read, the closure as soon as
    it is known, for what takes longest is often the first plan.
    """

    DEFAULT_CSS = """
    LoadingScreen { background: $nd-ink; }
    LoadingScreen #title, LoadingScreen #figures, LoadingScreen #bar { height: 1; }
    LoadingScreen #bar { margin-bottom: 1; }
    LoadingScreen.-against #bar { height: 2; }
    LoadingScreen #body { height: 1fr; }
    LoadingScreen #early-layers { width: 45%; margin-right: 2; }
    LoadingScreen #foot { height: 2; }
    LoadingScreen #phase, LoadingScreen #keys { height: 1; }
    LoadingScreen #log, LoadingScreen #early { width: 1fr; height: 1fr; }
    LoadingScreen.-low #bar { margin-bottom: 0; }
    LoadingScreen.-narrow #body { layout: vertical; }
    LoadingScreen.-narrow #early-layers { width: 1fr; margin-right: 0; height: 1fr; }
    LoadingScreen.-narrow.-image #log { height: 4; }
    LoadingScreen.-narrow.-known #early-layers { display: none; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-wide")]  # noqa: RUF012  as Textual has it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Loading")]

    def __init__(self, named: OpenRequest) -> None:
        super().__init__()
        self._named = named
        self._jobs = Jobs(self)
        self._reading = Reading("opening")
        self._meter: Meter | None = None
        self._layers: EarlyLayers | None = None
        self._closure: Closure | None = None
        self._began = time.monotonic()
        self._painted = Event()  # the closure, before its thread works on, which would keep it from that

    def compose(self) -> ComposeResult:
        """Put what is known above, and the progress below."""
        image = "demo" if self._named.demo else " ".join(self._named.inputs)
        against = self._named.against[-1] if self._named.against else ""
        yield Drawn(lambda width, _: [name_line(image, width, against)], ground="panel", id="title")
        yield Drawn(self._draw_figures, id="figures")
        yield Drawn(self._draw_bar, id="bar")
        with Horizontal(id="body"):
            yield Drawn(self._draw_log, id="log")
        with Vertical(id="foot"):
            yield Drawn(self._draw_phase, ground="raised", id="phase")
            yield Drawn(
                lambda width, _: [key_bar(FOOTERS["loading"], (), KeySigns(), width)],
                ground="panel",
                id="keys",
            )

    def _draw_figures(self, _width: int, _height: int) -> list[Line]:
        line: Line = self._layers.figures() if self._layers is not None else ()
        closure = self._closure
        if closure is None or not len(closure):
            return [line]
        paths = Span(f"{'   ' if line else ' '}{counted(len(closure), 'path')}", "bright", bold=True)
        size = f", {prose(sum(closure.nar_sizes))}" if closure.sized else ""
        return [(*line, paths, Span(size))]

    def _draw_bar(self, width: int, _height: int) -> list[Line]:
        return self._layers.bar(width) if self._layers is not None else []

    def _draw_phase(self, width: int, _height: int) -> list[Line]:
        reading = self._reading
        if reading.total:
            layers = self._layers
            reads = layers is not None and self._closure is None and reading.what == _READING
            return [going(reading, width, layers.words if reads and layers is not None else "")]
        began = reading.seconds if reading.log else time.monotonic() - self._began
        return [phase(reading.what or "opening", began)]

    def _draw_log(self, width: int, height: int) -> list[Line]:
        if self._layers is not None and not self._reading.log:
            hint = [row for line in _HINT for row in textwrap.wrap(line, max(width - 3, 1))]
            return [heading("Closure", width), (), *((Span(f"  {row}", "dim"),) for row in hint)]
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
            partly=lambda show: show(),
            shown=self._look,
        )

    def on_unmount(self) -> None:
        """Stop with the screen: the program does not wait for what nobody will see."""
        self._jobs.close()

    def action_cancel(self) -> None:
        """Stop: what is read in the background goes nowhere."""
        self._jobs.close()
        answer(self, None)

    def action_layer(self, index: int) -> None:
        """Go to a layer."""
        if self._layers is not None:
            self._layers.listing.cursor = index

    def _open(self, progress: Meter) -> Workspace:
        """Open it, and have shown what is known before the end, on the thread of the screen."""
        first: Closure | None = None

        def show(known: StoredImage | Closure) -> None:
            nonlocal first
            # after the first frame
            from nixdive.closure.closure import Closure

            if not isinstance(known, Closure):
                from nixdive.opening.pushed import pushed_layers
                from nixdive.ui.panes.layers.early import EarlyLayers

                against, platform = self._named.against, self._named.platform
                there = pushed_layers(against[-1], platform) if against else None
                progress.partly(partial(self._show_layers, EarlyLayers(known, there)))
                return
            if known is first:
                return
            first = known
            early = None
            if len(known):
                from nixdive.ui.panes.closure.early import EarlyClosure

                early = EarlyClosure(known)
            progress.partly(partial(self._show_closure, known, early))
            self._painted.wait(_PAINTING)
            _ = known.measures.closure_sizes  # which take longest: the screen need not wait for them
            if early is not None:
                progress.partly(early.listing.refresh)

        workspace = open_workspace(self._named, progress, show)
        workspace.priced.worked_out()
        settle()  # a look at a large closure takes as long as a plan
        return workspace

    def _show_layers(self, early: EarlyLayers) -> None:
        self._layers = early
        self.add_class("-image")
        self.set_class(early.against, "-against")
        self.mount(early, before=self.query_one("#log"))
        self.set_focus(early.listing)

    def _show_closure(self, closure: Closure, early: EarlyClosure | None) -> None:
        self._closure = closure
        self.add_class("-known")
        if self._layers is not None:
            self._layers.show_all_read()
        if early is not None:
            log = self.query_one("#log")
            self.mount(early, before=log)
            log.display = False
            self.set_focus(early.listing)
        self.call_after_refresh(self._work_on)

    def _work_on(self) -> None:
        """Let the first plan begin, now that the closure is painted."""
        self._painted.set()

    def _loaded(self, result: Workspace | NixdiveError) -> None:
        for note in self._meter.notes if self._meter is not None else ():
            self.app.notify(visible(note), severity="warning", timeout=15, markup=False)
        finish(self, result)

    def _look(self, reading: Reading) -> None:
        self._reading = reading
        if self._layers is not None and self._closure is None and reading.what == _READING:
            self._layers.show_read(dict(reading.parts))
        for name in ("figures", "bar", "phase", "log"):
            self.query_one(f"#{name}").refresh()
