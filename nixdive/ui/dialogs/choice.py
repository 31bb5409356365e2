"""A field that has few values, all of which are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from nixdive.ui.line import Line, Span
from nixdive.ui.widgets.drawn import Drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events


class Choice(Drawn, can_focus=True):
    """Values side by side, one of them chosen, and a line below that says what it means."""

    ground = "panel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1)", "Value before", show=False, id="choice.left"),
        Binding("right,l,space", "move(1)", "Next value", show=False, id="choice.right"),
    ]
    DEFAULT_CSS = "Choice { height: 2; width: 1fr; }"

    value: reactive[str] = reactive("")

    @dataclass
    class Changed(Message):
        """Another value was chosen."""

        choice: Choice
        value: str

        @property
        def control(self) -> Choice:
            """The field, for selectors."""
            return self.choice

    def __init__(self, words: Mapping[str, str], value: str, **options: str) -> None:
        super().__init__(**options)
        self._words = words
        self.set_reactive(Choice.value, value)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  always two lines
        """Return the values, and what the chosen one means."""
        line: list[Span] = []
        for name in self._words:
            chosen = name == self.value
            role = "accent" if chosen else "dim"
            line.append(Span("● " if chosen else "○ ", role))
            ground = "cursor" if chosen and self.has_focus else None
            line += [Span(name, "bright" if chosen else "dim", bold=chosen, ground=ground), Span("   ")]
        return [tuple(line), (Span(self._words[self.value], "dim"),)]

    def watch_value(self) -> None:
        """Tell who listens."""
        self.post_message(self.Changed(self, self.value))

    def action_move(self, steps: int) -> None:
        """Choose the value beside."""
        names = list(self._words)
        self.value = names[(names.index(self.value) + steps) % len(names)]

    def on_click(self, event: events.Click) -> None:
        """Choose the value under the mouse."""
        start = 0
        for name in self._words:
            end = start + len(name) + 5
            if event.y == 0 and start <= event.x < end:
                self.value = name
            start = end

    def on_focus(self) -> None:
        """Show that the keys come here."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that the keys go elsewhere."""
        self.refresh()
