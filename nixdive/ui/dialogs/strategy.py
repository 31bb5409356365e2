"""Asks for the strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from nixdive.ui.dialogs.dialog import Dialog
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events
    from textual.widget import Widget

_WORDS = {
    "churn": "the fewest bytes that releases push",
    "nixpkgs": "what dockerTools does today",
    "popularity": "what dockerTools did until 2025",
    "size": "the largest each alone, the rest together",
    "each": "each path alone, as far as the budget goes",
    "single": "one layer for all",
    "pipeline": "the layering pipeline that was named",
    "keep": "the layers as they were found",
}


class Choices(Drawn, can_focus=True):
    """A list of names with a word on each."""

    ground = "panel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="choices.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="choices.down"),
        Binding("enter,space", "screen.choose", "Choose", show=False, id="choices.choose"),
    ]

    cursor: reactive[int] = reactive(0)

    def __init__(self, names: Sequence[str], now: str) -> None:
        super().__init__()
        self.names = tuple(names)
        self._now = now
        self.set_reactive(Choices.cursor, self.names.index(now) if now in self.names else 0)
        self.styles.height = len(self.names)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is as high as it has lines
        """Return a line for each name; the one that holds now is marked."""
        return [
            (
                Span(" ● " if name == self._now else " ○ ", "accent" if name == self._now else "dim"),
                Span(f"{name:<12}", "bright" if i == self.cursor else "text", bold=i == self.cursor),
                Span(_WORDS.get(name, ""), "text" if i == self.cursor else "dim"),
            )
            for i, name in enumerate(self.names)
        ]

    def ground_of(self, y: int) -> str:
        """Return the background: the line of the cursor is filled."""
        return "cursor" if y == self.cursor else self.ground

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a line."""
        return min(max(cursor, 0), len(self.names) - 1)

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        self.cursor += lines

    def on_click(self, event: events.Click) -> None:
        """Choose the line under the mouse."""
        self.cursor = event.y
        self.app.call_later(self.screen.run_action, "choose")


class StrategyDialog(Dialog[str]):
    """Gives the name of a strategy, or None."""

    title_text = "Strategy"
    keys_text = "enter choose   esc close"
    AUTO_FOCUS = "Choices"

    def __init__(self, names: Sequence[str], now: str) -> None:
        super().__init__()
        self._choices = Choices(names, now)

    def fields(self) -> Iterable[Widget]:
        """Return the list."""
        yield self._choices

    def action_choose(self) -> None:
        """Give the name that the cursor is on."""
        self.dismiss(self._choices.names[self._choices.cursor])
