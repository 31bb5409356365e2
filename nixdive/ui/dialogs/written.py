"""What was written, and what to do with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widgets import Button, Static

from nixdive.errors import NixdiveError
from nixdive.image.commands import load_commands, load_note, push_command
from nixdive.progress import NullProgress
from nixdive.sizes import prose
from nixdive.ui.dialogs.dialog import Dialog
from nixdive.ui.figures import count
from nixdive.ui.line import Line, Span, cut, spread
from nixdive.ui.widgets.drawn import Drawn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.widget import Widget

    from nixdive.image.written import WrittenImage


class Commands(Drawn):
    """The commands that take the image further; a click copies one."""

    DEFAULT_CSS = "Commands { height: auto; margin: 1 0; }"
    ground = "raised"

    def __init__(self, commands: tuple[str, ...]) -> None:
        super().__init__()
        self.commands = commands
        self.copied = -1
        self.styles.height = len(commands)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is as high as it has lines
        """Return a line for each command."""
        lines = []
        for i, command in enumerate(self.commands):
            done = (Span("✓ copied ", "save"),) if i == self.copied else ()
            left: Line = (Span(f" {i + 1}  ", "accent", bold=True), Span(cut(command, width - 14)))
            lines.append(spread(left, done, width))
        return lines

    def copy(self, index: int) -> None:
        """Put a command into the clipboard."""
        if 0 <= index < len(self.commands):
            self.app.copy_to_clipboard(self.commands[index])
            self.copied = index
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Copy the command under the mouse."""
        self.copy(event.y)


class WrittenDialog(Dialog[None]):
    """Shows the digests and the commands; verifies the image when asked."""

    title_text = "Written"
    keys_text = "1 2 3 copy   Y digest   esc close"
    AUTO_FOCUS = "#close"
    DEFAULT_CSS = "WrittenDialog #frame { width: 92; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(i), f"copy({i - 1})", f"Copy command {i}", show=False, id=f"written.copy-{i}")
            for i in (1, 2, 3)
        ),
        Binding("Y", "digest", "Copy the digest", show=False, id="written.digest"),
    ]

    def __init__(self, written: WrittenImage, name: str, plan_file: Path | None) -> None:
        super().__init__()
        self._written = written
        self._image_name = name
        self._plan_file = plan_file

    def fields(self) -> Iterable[Widget]:
        """Return the facts and the commands."""
        written = self._written
        facts = f"{prose(written.bytes_written)}   {count(len(written.layers), 'layer')}"
        yield Static(f"✓ {written.target}   {facts}   {written.seconds:.1f} s", markup=False)
        yield Static("")
        yield Static(f"image     {written.config_digest}", markup=False)
        yield Static(f"manifest  {written.manifest_digest}", markup=False)
        if self._plan_file is not None:
            yield Static(f"plan      {self._plan_file}   commit it beside the flake", markup=False)
        loads = load_commands(written.target, written.image_format)
        yield Commands((*loads, push_command(written.target, written.image_format, self._image_name)))
        note = load_note(written.image_format, (layer.media_type for layer in written.layers))
        yield Static(note or "", id="verdict", classes="note", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Close", id="close")
        yield Button("Verify", id="verify")

    def action_copy(self, index: int) -> None:
        """Copy a command."""
        self.query_one(Commands).copy(index)

    def action_digest(self) -> None:
        """Copy the digest of the manifest."""
        self.app.copy_to_clipboard(self._written.manifest_digest)
        self.query_one("#verdict", Static).update(f"copied {self._written.manifest_digest}")

    @on(Button.Pressed, "#close")
    def _done(self) -> None:
        self.action_close()

    @on(Button.Pressed, "#verify")
    def _asked(self) -> None:
        self.query_one("#verdict", Static).update("reading everything again …")
        self._verify()

    @work(thread=True, exclusive=True)
    def _verify(self) -> None:
        from nixdive.image.verify import verify

        try:
            problems = verify(Path(self._written.target), NullProgress())
        except NixdiveError as error:
            words = str(error)
        else:
            words = (
                f"× {problems[0].where}: {problems[0].what}"
                if problems
                else "✓ every digest, size and diff_id is right"
            )
        self.app.call_from_thread(self.query_one("#verdict", Static).update, words)
