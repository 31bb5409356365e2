"""The command palette: everything that can be done, found by a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.widgets import Input

from nixdive.ui.dialogs.command_rows import matching, row
from nixdive.ui.dialogs.dialog import Dialog
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.main.commands import Command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual import events
    from textual.widget import Widget

    Find = Callable[[str], Iterable[Command]]


class Found(Drawn):
    """The commands that were found; a click chooses one."""

    ground = "panel"
    DEFAULT_CSS = "Found { height: 16; }"

    cursor: reactive[int] = reactive(0)

    commands: tuple[Command, ...] = ()
    words: tuple[str, ...] = ()

    def show(self, commands: Iterable[Command], text: str) -> None:
        """Show other commands."""
        self.commands, self.words = tuple(commands), tuple(text.lower().split())
        self.cursor = 0
        self._top = 0
        self.refresh()

    _top = 0

    def draw(self, width: int, height: int) -> list[Line]:
        """Return the commands around the cursor, and how many there are where not all have room."""
        if not self.commands:
            return [(Span(" nothing is called so", "faint"),)]
        self._top = max(min(self._top, self.cursor), self.cursor - height + 1)
        shown = self.commands[self._top : self._top + height]
        return [
            row(command, self.words, width, chosen=self._top + i == self.cursor)
            for i, command in enumerate(shown)
        ]

    def ground_of(self, y: int) -> str:
        """Return the background: the row of the cursor is filled."""
        return "cursor" if self.commands and self._top + y == self.cursor else self.ground

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return min(max(cursor, 0), max(len(self.commands) - 1, 0))

    def on_click(self, event: events.Click) -> None:
        """Choose the command under the mouse."""
        if self._top + event.y < len(self.commands):
            self.cursor = self._top + event.y
            self.app.call_later(self.screen.run_action, "choose")

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go down by the wheel."""
        event.stop()
        self.cursor += 3

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go up by the wheel."""
        event.stop()
        self.cursor -= 3


class CommandsDialog(Dialog[Command]):
    """Gives a command, or None."""

    title_text = "Commands"
    keys_text = "up down move   enter run   esc close"
    DEFAULT_CSS = """
    CommandsDialog {
        align: center top;
        #frame { margin-top: 2; padding: 0 1; }
        Input { margin: 1 0; width: 100%; }
    }
    CommandsDialog.-short { #frame { margin-top: 0; } Found { height: 14; } }
    CommandsDialog.-low { #frame { margin-top: 0; } Found { height: 7; } }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (23, "-short"), (28, "-tall")]  # noqa: RUF012  Textual's
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+k", "move(-1)", "Up", show=False, priority=True, id="commands.up"),
        Binding("down", "move(1)", "Down", show=False, priority=True, id="commands.down"),
        Binding("pageup", "move(-10)", "Up ten", show=False, priority=True, id="commands.page-up"),
        Binding("pagedown", "move(10)", "Down ten", show=False, priority=True, id="commands.page-down"),
    ]

    def __init__(self, commands: Sequence[Command], find: Find) -> None:
        """Show commands.

        Args:
            commands: those that are shown at first.
            find: gives more for a text: things to go to.
        """
        super().__init__()
        self._commands = commands
        self._find = find

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
    def action_choose(self) -> None:
        """Give the command that the cursor is on."""
        found = self.query_one(Found)
        if found.commands:
            self.dismiss(found.commands[found.cursor])
