"""The command palette: everything that can be done, found by a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events, on
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Button, Input

from nixdive.ui.dialogs.dialog import answer
from nixdive.ui.draw.drawn import Canvas
from nixdive.ui.draw.line import Line, Span, cut, spread, width
from nixdive.ui.verbs import EVERYWHERE, bindings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.binding import BindingType

    Find = Callable[[str], Iterable["Command"]]

_WHERE, _KEYS = 12, 16


class Command(NamedTuple):
    """Something that the user can choose.

    Attributes:
        title: what it does.
        keys: the keys that do it too, as the screen writes them.
        where: the pane that it belongs to, or what kind of thing it goes to.
        run: does it.
        id: of its verb, or empty.
    """

    title: str
    keys: str
    where: str
    run: Callable[[], Any]
    id: str = ""


def matching(commands: Iterable[Command], text: str) -> list[Command]:
    """Return the commands that a text finds, the best first; all of them for no text.

    Every word of the text is in the title, in the name of its place or in its id, or is one of its keys.
    """
    words = text.lower().split()
    if not words:
        return list(commands)
    found = []
    for place, command in enumerate(commands):
        ranks = [rank(command, word) for word in words]
        known = [one for one in ranks if one is not None]
        if len(known) == len(words):
            found.append((sum(known), place, command))
    return [command for _, _, command in sorted(found, key=lambda one: one[:2])]


def rank(command: Command, word: str) -> int | None:
    """Return how far a command is from a word in small letters, 0 is nearest; None where it is another."""
    title = command.title.lower()
    if title.startswith(word):
        return 0
    if word in command.keys.lower().split():
        return 1
    at = title.find(word)
    if at > 0:
        return 2 if any(part.startswith(word) for part in title.split()) else 4
    if command.where.lower().startswith(word):
        return 3
    return 5 if word in command.id else None


def row(command: Command, words: Sequence[str], cells: int, *, chosen: bool) -> Line:
    """Return the row of a command: what it does, its place, its keys; what was looked for is in colour."""
    keys = Span(f"{command.keys} ", "accent", bold=True)
    end: Line = (Span("  "), keys)
    if command.where != EVERYWHERE:
        gap = " " * max(_KEYS - cell_len(command.keys), 2)
        end = (Span(f"{cut(command.where, _WHERE):<{_WHERE}}{gap}", "dim" if chosen else "faint"), keys)
    title = cut(command.title, cells - width(end) - 3)
    marked = _marked(title, words, "bright" if chosen else "text", bold=chosen)
    return spread((Span(" "), *marked), end, cells)


def _marked(text: str, words: Sequence[str], role: str, *, bold: bool) -> Iterable[Span]:
    """Return a title with the first sight of each word in colour."""
    small = text.lower()
    cuts = [False] * len(text)
    if len(small) == len(text):  # a letter may have a longer small one
        for word in words:
            at = small.find(word)
            if at >= 0:
                cuts[at : at + len(word)] = [True] * len(word)
    spans: list[Span] = []
    for char, marked in zip(text, cuts, strict=True):
        look = Span(char, "accent" if marked else role, bold=bold or marked)
        if spans and spans[-1][1:] == look[1:]:
            spans[-1] = spans[-1]._replace(text=spans[-1].text + char)
        else:
            spans.append(look)
    return spans


class Found(Widget):
    """The commands that were found; a click chooses one."""

    DEFAULT_CSS = "Found { height: 16; }"

    cursor: reactive[int] = reactive(0)

    commands: tuple[Command, ...] = ()
    words: tuple[str, ...] = ()

    @dataclass
    class Chosen(Message):
        """A command was chosen."""

        command: Command

    def __init__(self) -> None:
        super().__init__()
        self._canvas = Canvas(self, self.draw, ground_of=self.ground_of)

    def show(self, commands: Iterable[Command], text: str) -> None:
        """Show other commands."""
        self.commands, self.words = tuple(commands), tuple(text.lower().split())
        self.cursor = 0
        self._top = 0
        self.refresh()

    _top = 0

    def draw(self, cells: int, height: int) -> list[Line]:
        """Return the commands around the cursor, and how many there are where not all have room."""
        if not self.commands:
            return [(Span(" no matches", "faint"),)]
        self._top = max(min(self._top, self.cursor), self.cursor - height + 1)
        shown = self.commands[self._top : self._top + height]
        return [
            row(command, self.words, cells, chosen=self._top + i == self.cursor)
            for i, command in enumerate(shown)
        ]

    def ground_of(self, y: int) -> str:
        """Return the background: the row of the cursor is filled."""
        return "cursor" if self.commands and self._top + y == self.cursor else "panel"

    def render(self) -> Canvas:
        """Return what its lines are painted by."""
        return self._canvas

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return min(max(cursor, 0), max(len(self.commands) - 1, 0))

    def choose(self) -> None:
        """Choose the command that the cursor is on, if there is one."""
        if self.commands:
            self.post_message(self.Chosen(self.commands[self.cursor]))

    def on_click(self, event: events.Click) -> None:
        """Choose the command under the mouse."""
        if self._top + event.y < len(self.commands):
            self.cursor = self._top + event.y
            self.choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go down by the wheel."""
        event.stop()
        self.cursor += 3

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go up by the wheel."""
        event.stop()
        self.cursor -= 3


class CommandsDialog(Vertical):
    """Gives a command, or None."""

    title_text = "Commands"
    keys_text = "up down move   enter run   esc close"
    first = "Input, Button"
    sizes: tuple[tuple[int, str], ...] = ((23, "-low"), (28, "-short"))
    DEFAULT_CSS = """
    CommandsDialog#frame {
        margin-top: 2; padding: 0 1;
        Input { margin: 1 0; width: 100%; }
        &.-short { margin-top: 0; Found { height: 14; } }
        &.-low { margin-top: 0; Found { height: 7; } }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Commands")]

    def __init__(self, commands: Sequence[Command], find: Find) -> None:
        """Show commands.

        Args:
            commands: those that are shown at first.
            find: gives more for a text: things to go to.
        """
        super().__init__()
        self._commands = commands
        self._find = find

    def buttons(self) -> Iterable[Button]:
        """Return none: nothing is decided here."""
        return ()

    def fields(self) -> Iterable[Widget]:
        """Return the field and what it finds."""
        yield Input(placeholder="an action, a layer by number or name, a store path, a theme")
        yield Found()

    def on_mount(self) -> None:
        """Show all commands."""
        self.query_one(Found).show(self._commands, "")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        text = event.value
        more = self._find(text) if text.strip() else ()
        self.query_one(Found).show((*matching(self._commands, text), *more), text)

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.query_one(Found).cursor += rows

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.query_one(Found).choose()

    @on(Found.Chosen)
    def _chosen(self, message: Found.Chosen) -> None:
        answer(self.screen, message.command)
