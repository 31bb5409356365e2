"""The screen when nothing was named: how to name an input, and the demo one key away."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.dialogs.dialog import answer
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.panes.lines.key_bar import key_bar
from nixdive.ui.panes.lines.title_bar import name_line
from nixdive.ui.verbs import FOOTERS, bindings

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

_INPUTS = (
    ("nixdive ./result", "a build, or a store path"),
    ("nixdive .#app", "a flake installable, built first"),
    ("nixdive closure.json", "nix path-info --json -r: no Nix needed here"),
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
        *((Span(f"  {call:<30}", "bright"), Span(words, "dim")) for call, words in _INPUTS),
        (),
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
