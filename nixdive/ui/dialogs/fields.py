"""The fields that dialogs are made of: checked entries, choices, folded settings, commands to be copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Checkbox, Static

from nixdive.ui.draw.drawn import Canvas
from nixdive.ui.draw.line import Line, Span, cut, spread
from nixdive.ui.verbs import bindings
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType


class Entry(Vertical):
    """A label, the widgets of the field, and what is wrong with its value."""

    DEFAULT_CSS = """
    Entry {
        height: auto; margin-bottom: 1;
        .field { margin-bottom: 0; }
        .cause { display: none; height: auto; margin-left: 13; color: $nd-bad; }
        &.-wrong .cause { display: block; }
        .label { color: $nd-dim; text-style: none; }
        &.-focused .label { color: $nd-accent; text-style: bold; }
    }
    """

    cause: reactive[str] = reactive("")

    def __init__(self, label: str, *widgets: Widget, lines: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self._label = label
        self._widgets = widgets
        self._field_lines = lines
        self._told = Static("", classes="cause", markup=False)

    def compose(self) -> ComposeResult:
        """Put the cause below the field."""
        label = Static(self._label, classes="label", markup=False)
        line = Horizontal(label, *self._widgets, classes="field")
        line.styles.height = self._field_lines
        yield line
        yield self._told

    def on_descendant_focus(self) -> None:
        """Mark the label: the keys come here."""
        self.add_class("-focused")

    def on_descendant_blur(self) -> None:
        """Let the label be as all others."""
        self.remove_class("-focused")

    def watch_cause(self) -> None:
        """Show what is wrong."""
        self.set_class(bool(self.cause), "-wrong")
        self._told.update(self.cause)


class Choice(Widget, can_focus=True):
    """Values side by side, in rows, one of them chosen, and a line that says what it means."""

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
        self, words: Mapping[str, str], value: str, *, below: Iterable[Mapping[str, str]] = (), **options: Any
    ) -> None:
        super().__init__(**options)
        self._rows = (words, *below)
        self._words = {name: meaning for row in self._rows for name, meaning in row.items()}
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

    def render(self) -> Canvas:
        """Return what its lines are painted by."""
        return self._canvas

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


class Fold(Widget, can_focus=True):
    """Says how much is behind it, and what of that is not as usual."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Folded settings")]
    DEFAULT_CSS = "Fold { height: 1; width: 1fr; }"

    facts: reactive[str] = reactive("")

    class Opened(Message):
        """The user wants to see the fields."""

    def __init__(self, words: str, **options: Any) -> None:
        super().__init__(**options)
        self._words = words
        self._canvas = Canvas(self, self.draw, ground="panel")

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return the line."""
        ground = "cursor" if self.has_focus else None
        words: Line = (Span("▶ ", "accent"), Span(self._words, "bright", ground=ground), Span("   "))
        return [(*words, Span(cut(self.facts, max(width - len(self._words) - 5, 0)), "dim"))]

    def render(self) -> Canvas:
        """Return what its lines are painted by."""
        return self._canvas

    def action_open(self) -> None:
        """Ask for the fields."""
        self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        """Open it by a click."""
        event.stop()
        self.focus()
        self.action_open()


_BESIDE_COMMAND = 14  # cells of a line for its number, and for what says that it was copied


class ShellCommands(Widget, can_focus=True):
    """The commands that take the image further; enter, c or a click copies one.

    Args:
        commands: what can be copied.
        notes: what there is to say of each, or nothing; shown beside it where there is room.
    """

    DEFAULT_CSS = "ShellCommands { height: auto; margin: 1 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Commands for the shell")]
    cursor: reactive[int] = reactive(0)

    def __init__(self, commands: tuple[str, ...], notes: tuple[str, ...]) -> None:
        super().__init__()
        self.commands = commands
        self.notes = notes
        self.copied = -1
        self._canvas = Canvas(self, self.draw, ground_of=self.ground_of)
        self.styles.height = len(commands)

    def ground_of(self, y: int) -> str:
        """Return the role of the background: the line of the cursor stands out while the keys come here."""
        return "cursor" if y == self.cursor and self.has_focus else "raised"

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is as high as it has lines
        """Return a line for each command."""
        lines = []
        cramped = self.cramped(width)
        for i, (command, note) in enumerate(zip(self.commands, self.notes, strict=True)):
            done = (Span("✓ copied ", "save"),) if i == self.copied else ()
            text = cut(visible(command), width - _BESIDE_COMMAND)
            left: Line = (Span(f" {i + 1}  ", "accent", bold=True), Span(text, "text"))
            beside = (Span(f"  # {note}", "dim"),) if note and note not in cramped else ()
            lines.append(spread((*left, *beside), done, width))
        return lines

    def cramped(self, width: int) -> tuple[str, ...]:
        """Return the notes that are shown beside no command, because one of theirs leaves no room."""
        noted = [pair for pair in zip(self.commands, self.notes, strict=True) if pair[1]]
        room = width - _BESIDE_COMMAND - len("  # ")
        return tuple(
            dict.fromkeys(note for command, note in noted if cell_len(visible(command)) + len(note) > room)
        )

    def render(self) -> Canvas:
        """Return what its lines are painted by."""
        return self._canvas

    def copy(self, index: int) -> None:
        """Put a command into the clipboard."""
        if 0 <= index < len(self.commands):
            self.app.copy_to_clipboard(self.commands[index])
            self.copied = self.cursor = index
            self.refresh()

    def action_move(self, steps: int) -> None:
        """Go to the command above or below."""
        self.cursor = min(max(self.cursor + steps, 0), len(self.commands) - 1)

    def action_copy(self) -> None:
        """Copy the command of the cursor."""
        self.copy(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """Copy the command under the mouse."""
        self.copy(event.y)


class Tick(Checkbox):
    """A box that has a tick where it is on, and a ring where it is not: told apart without colours."""

    BUTTON_LEFT, BUTTON_INNER, BUTTON_RIGHT = "", "○", ""

    def watch_value(self) -> None:
        """Show the other sign."""
        self.BUTTON_INNER = "✓" if self.value else "○"
        super().watch_value()
        self.refresh(layout=True)
