"""The screen when nothing was named: how to name an input, and the demo one key away."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from nixdive.ui.dialogs.stack import Answering
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.panes.lines.key_bar import Key, KeyBar
from nixdive.ui.panes.lines.title_bar import TitleBar

if TYPE_CHECKING:
    from textual.app import ComposeResult

_INPUTS = (
    ("nixdive ./result", "a build, or a store path"),
    ("nixdive .#app", "a flake installable, built first"),
    ("nixdive closure.json", "nix path-info --json -r: no Nix needed here"),
    ("nixdive conf.json", "what streamLayeredImage made, with its layers"),
    ("nixdive NEW --against OLD", "what the next push costs"),
)
_LEFT = (Key("q", "Quit", "screen.quit"), Key("enter", "Demo", "screen.demo"))


class Offer(Drawn):
    """How to name an input; a click on the offer opens the demo."""

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it fits the smallest screen
        """Return the lines."""
        lines: list[Line] = [heading("Open", width, focused=True), ()]
        lines += [(Span("  Nothing is open. Name what you want to see:"),), ()]
        lines += [(Span(f"  {call:<30}", "bright"), Span(words, "dim")) for call, words in _INPUTS]
        lines += [(), ()]
        demo = "look around in the demo image"
        ground = "cursor"
        lines.append(
            (
                Span("  "),
                Span(" enter  ", "accent", bold=True, ground=ground, action="screen.demo"),
                Span(demo, "bright", bold=True, ground=ground, action="screen.demo"),
                Span("   a web shop of 49 paths, needs no Nix ", "text", ground=ground, action="screen.demo"),
            )
        )
        return lines


class StartScreen(Answering[bool]):
    """Gives True for the demo, False to quit."""

    DEFAULT_CSS = """
    StartScreen { background: $nd-ink; }
    StartScreen TitleBar { height: 1; margin-bottom: 1; }
    StartScreen Offer { height: 1fr; }
    StartScreen KeyBar { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,d", "demo", "Demo", id="start.demo"),
        Binding("q", "quit", "Quit", id="start.quit"),
    ]

    def compose(self) -> ComposeResult:
        """Put the lines between title and keys."""
        yield TitleBar()
        yield Offer()
        yield KeyBar(_LEFT, ())

    def action_demo(self) -> None:
        """Open the demo."""
        self.dismiss(True)

    def action_quit(self) -> None:
        """Leave."""
        self.dismiss(False)
