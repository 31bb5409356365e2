"""What was written, and what to do with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widgets import Button, Static

from nixdive.errors import Cancelled, NixdiveError
from nixdive.image.commands import load_commands, load_note, push_command
from nixdive.ui.dialogs.dialog import Dialog
from nixdive.ui.dialogs.shell_commands import ShellCommands
from nixdive.ui.dialogs.written_rows import facts, pushed
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.meter import Meter
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from nixdive.ui.dialogs.write_order import WriteOrder
    from nixdive.ui.dialogs.writing import Outcome
    from nixdive.ui.draw.line import Line
    from nixdive.workspace.priced_plan import PricedPlan


class Facts(Drawn):
    """The file, its digests, the plan beside it."""

    ground = "panel"

    def __init__(self, outcome: Outcome, order: WriteOrder) -> None:
        super().__init__()
        self._outcome = outcome
        self._order = order

    def on_resize(self) -> None:
        """Take as many lines as the digests need."""
        self.styles.height = len(self.draw(self.size.width, 0))

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is as high as it has lines
        """Return the lines."""
        error = self._outcome.plan_error
        return facts(self._outcome.image, self._order.plan_file, str(error) if error else "", width)


class WrittenDialog(Dialog[None]):
    """Shows the digests and the commands; verifies the image when asked."""

    title_text = "Written"
    keys_text = "enter 1 2 3 copy   Y digest   esc close"
    AUTO_FOCUS = "ShellCommands"
    DEFAULT_CSS = """
    WrittenDialog {
        #frame { width: 92; }
        Facts { height: 5; }
        #pushed { margin-top: 1; color: $nd-text; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(i), f"copy({i - 1})", f"Copy line {i}", show=False, id=f"written.copy-{i}")
            for i in (1, 2, 3)
        ),
        Binding("Y", "digest", "Copy the digest", show=False, id="written.digest"),
    ]

    def __init__(self, outcome: Outcome, order: WriteOrder, priced: PricedPlan) -> None:
        super().__init__()
        self._outcome = outcome
        self._order = order
        self._priced = priced
        self._meter = Meter()

    def fields(self) -> Iterable[Widget]:
        """Return the facts and the commands."""
        written = self._outcome.image
        yield Facts(self._outcome, self._order)
        loads = load_commands(written.target, written.image_format)
        push = push_command(written.target, written.image_format, self._order.spec.name)
        yield ShellCommands((*loads, push))
        words = pushed(written, self._priced)
        if words:
            yield Static("─" * 200, classes="rule", markup=False)
            yield Static(words, markup=False)
        note = load_note(written.image_format, (layer.media_type for layer in written.layers))
        words = "; ".join([*([note] if note else []), *written.notes])
        yield Static(visible(words), id="verdict", classes="note", markup=False)

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Close", id="close")
        yield Button("Verify", id="verify")

    def action_copy(self, index: int) -> None:
        """Copy a command."""
        self.query_one(ShellCommands).copy(index)

    def action_digest(self) -> None:
        """Copy the digest of the manifest."""
        digest = self._outcome.image.manifest_digest
        self.app.copy_to_clipboard(digest)
        self.query_one("#verdict", Static).update(f"copied {digest}")

    def on_unmount(self) -> None:
        """Stop with the screen: nobody waits for the end of a verification that nobody will see."""
        self._meter.stop()

    @on(Button.Pressed, "#close")
    def _done(self) -> None:
        self.action_close()

    @on(Button.Pressed, "#verify")
    def _asked(self) -> None:
        self.query_one("#verdict", Static).update("reading everything again …")
        self._verify()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _verify(self) -> None:
        from nixdive.image.verify import verify

        try:
            problems = verify(Path(self._outcome.image.target), self._meter)
        except Cancelled:
            return
        except NixdiveError as error:
            words = str(error)
        else:
            words = (
                f"× {problems[0].where}: {problems[0].what}"
                if problems
                else "✓ every digest, size and diff_id is right"
            )
        self.app.call_from_thread(self._verified, visible(words))

    def _verified(self, words: str) -> None:
        if self.is_mounted:
            self.query_one("#verdict", Static).update(words)
