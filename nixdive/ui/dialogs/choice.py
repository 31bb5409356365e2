"""A field that has few values, all of which are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from nixdive.ui.draw.drawn import Canvas
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.verbs import bindings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Region
    from textual.strip import Strip


class Choice(Widget, can_focus=True):
    """Values side by side, in one row or two, one of them chosen, and a line that says what it means."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Choices")]
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

    def __init__(
        self, words: Mapping[str, str], value: str, *, below: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self._rows = (words, below) if below else (words,)
        self._words = {**words, **(below or {})}
        self._canvas = Canvas(self, self.draw, ground="panel")
        self.styles.height = len(self._rows) + 1
        self.set_reactive(Choice.value, value)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  as high as it has rows
        """Return the values, and what the chosen one means."""
        return [*map(self._row, self._rows), (Span(self._words[self.value], "dim"),)]

    def _row(self, words: Mapping[str, str]) -> Line:
        line: list[Span] = []
        for name in words:
            chosen = name == self.value
            role = "accent" if chosen else "dim"
            line.append(Span("● " if chosen else "○ ", role))
            ground = "cursor" if chosen and self.has_focus else None
            line += [Span(name, "bright" if chosen else "dim", bold=chosen, ground=ground), Span("   ")]
        return tuple(line)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a part, drawn anew where they are needed."""
        self._canvas.forget()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        return self._canvas.strip(y)

    def watch_value(self) -> None:
        """Tell who listens."""
        self.post_message(self.Changed(self, self.value))

    def action_move(self, steps: int) -> None:
        """Choose the value beside."""
        names = list(self._words)
        self.value = names[(names.index(self.value) + steps) % len(names)]

    def action_row(self, steps: int) -> None:
        """Choose the value above or below."""
        here = next(row for row, words in enumerate(self._rows) if self.value in words)
        if 0 <= here + steps < len(self._rows):
            place = list(self._rows[here]).index(self.value)
            names = list(self._rows[here + steps])
            self.value = names[min(place, len(names) - 1)]

    def on_click(self, event: events.Click) -> None:
        """Choose the value under the mouse."""
        if event.y >= len(self._rows):
            return
        start = 0
        for name in self._rows[event.y]:
            end = start + len(name) + 5
            if start <= event.x < end:
                self.value = name
            start = end
