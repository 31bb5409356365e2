"""Commands to be copied, one on a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.reactive import reactive
from textual.widget import Widget

from nixdive.ui.draw.drawn import Canvas
from nixdive.ui.draw.line import Line, Span, cut, spread
from nixdive.ui.verbs import bindings
from nixdive.visible import visible

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Region
    from textual.strip import Strip


class ShellCommands(Widget, can_focus=True):
    """The commands that take the image further; enter, c or a click copies one."""

    DEFAULT_CSS = "ShellCommands { height: auto; margin: 1 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Commands for the shell")]
    cursor: reactive[int] = reactive(0)

    def __init__(self, commands: tuple[str, ...]) -> None:
        super().__init__()
        self.commands = commands
        self.copied = -1
        self._canvas = Canvas(self, self.draw, ground_of=self.ground_of)
        self.styles.height = len(commands)

    def ground_of(self, y: int) -> str:
        """Return the role of the background: the line of the cursor stands out while the keys come here."""
        return "cursor" if y == self.cursor and self.has_focus else "raised"

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is as high as it has lines
        """Return a line for each command."""
        lines = []
        for i, command in enumerate(self.commands):
            done = (Span("✓ copied ", "save"),) if i == self.copied else ()
            text = cut(visible(command), width - 14)
            left: Line = (Span(f" {i + 1}  ", "accent", bold=True), Span(text, "text"))
            lines.append(spread(left, done, width))
        return lines

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a part, drawn anew where they are needed."""
        self._canvas.forget()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        return self._canvas.strip(y)

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
