"""What was written, and what to do with it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical
from textual.widgets import Button, Static

from nixdive import there
from nixdive.errors import WriteError
from nixdive.human import exactly
from nixdive.image.commands import after_loading, fetch_commands, is_remote, load_note, push_commands
from nixdive.sizes import prose
from nixdive.ui.dialogs.dialog import answer
from nixdive.ui.dialogs.fields import ShellCommands
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import Line, Span, cut
from nixdive.ui.jobs import Jobs, Meter
from nixdive.ui.verbs import bindings
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType
    from textual.widget import Widget

    from nixdive.image.written import WrittenImage
    from nixdive.ui.dialogs.write import WriteOrder
    from nixdive.ui.dialogs.writing import Outcome
    from nixdive.workspace.priced_plan import PricedPlan

_LABEL = 10
_KEYS = 3  # commands that are copied by their numbers


class WrittenDialog(Vertical):
    """Shows the digests and the commands; verifies the image when asked."""

    title_text = "Written"
    first = "ShellCommands"
    sizes = ((30, "-low"),)
    DEFAULT_CSS = """
    WrittenDialog#frame {
        width: 104;
        #pushed { margin-top: 1; color: $nd-text; }
        &.-low { padding: 0 2; }
        &.-low ShellCommands { margin: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Written")]

    def __init__(self, outcome: Outcome, order: WriteOrder, priced: PricedPlan) -> None:
        super().__init__()
        self._outcome = outcome
        self._order = order
        self._priced = priced
        self._jobs = Jobs(self)
        image = outcome.image
        self._remote = is_remote(image.target)
        self._commands = (
            fetch_commands(image) if self._remote else (*push_commands(image), *after_loading(image))
        )
        numbers = " ".join(str(number + 1) for number in range(min(len(self._commands), _KEYS)))
        verify = "" if self._remote else "v verify   "
        self.keys_text = f"enter {numbers} copy   Y digest   {verify}esc close"
        self._facts = Drawn(self._draw_facts, ground="panel")
        self._facts.styles.height = 5

    def on_resize(self) -> None:
        """Take as many lines as the digests need, and say below what has no room beside its command."""
        if width := self._facts.size.width:
            self._facts.styles.height = len(self._draw_facts(width, 0))
            shell, below = self.query_one(ShellCommands), self.query_one("#notes", Static)
            written = self._outcome.image
            kinds = () if self._remote else (layer.media_type for layer in written.layers)
            note = load_note(written.image_format, kinds)
            words = (*([note] if note else []), *shell.cramped(width), *written.notes)
            below.update(visible("; ".join(words)))
            below.display = bool(words)

    def _draw_facts(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is as high as it has lines
        error = self._outcome.plan_error
        return facts(self._outcome.image, self._order.plan_file, str(error) if error else "", width)

    def fields(self) -> Iterable[Widget]:
        """Return the facts and the commands."""
        written = self._outcome.image
        yield self._facts
        yield ShellCommands(
            tuple(one.text for one in self._commands), tuple(one.note for one in self._commands)
        )
        words = "" if self._remote else pushed(written, self._priced)
        if words:
            yield Static("─" * 200, classes="rule", markup=False)
            yield Static(words, markup=False)
        yield Static(id="notes", classes="note", markup=False)
        verdict = Static(id="verdict", classes="note", markup=False)
        verdict.display = False
        yield verdict

    def buttons(self) -> Iterable[Button]:
        """Return the buttons."""
        yield Button("Close", id="close")
        if not self._remote:
            yield Button("Verify", id="verify")
        if not self._remote and self.app.is_web and there.is_file(self._outcome.image.target, WriteError):
            yield Button("Download", id="download")

    def action_copy(self, index: int) -> None:
        """Copy a command."""
        self.query_one(ShellCommands).copy(index)

    def action_digest(self) -> None:
        """Copy the digest of the manifest; an engine makes one of its own, but keeps that of the image."""
        digest = self._outcome.image.manifest_digest or self._outcome.image.config_digest
        self.app.copy_to_clipboard(digest)
        self._say(f"copied {digest}")

    def on_unmount(self) -> None:
        """Stop with the screen: nobody waits for the end of a verification that nobody will see."""
        self._jobs.close()

    @on(Button.Pressed, "#close")
    def _done(self) -> None:
        answer(self.screen, None)

    @on(Button.Pressed, "#download")
    def _download(self) -> None:
        self.app.deliver_binary(self._outcome.image.target)

    @on(Button.Pressed, "#verify")
    def action_verify(self) -> None:
        """Read what was written again, and check all of it."""
        if self._remote:
            return
        self._say("reading everything again …")
        target = Path(self._outcome.image.target)
        self._jobs.ask(
            "verify",
            partial(_verify, target),
            self._verified,
            failed=lambda error: self._verified(str(error)),
        )

    def _verified(self, words: str) -> None:
        self._say(visible(words))

    def _say(self, words: str) -> None:
        verdict = self.query_one("#verdict", Static)
        verdict.display = True
        verdict.update(words)


def _verify(target: Path, progress: Meter) -> str:
    """Read everything again, and return the verdict in words."""
    from nixdive.image.stored.verify import verify

    problems = verify(target, progress)
    return (
        f"× {problems[0].where}: {problems[0].what}"
        if problems
        else "✓ every digest, size and diff_id is right"
    )


def facts(written: WrittenImage, plan_file: Path | None, plan_error: str, width: int) -> list[Line]:
    """Return the file with its size, the digests whole, and the plan file.

    Args:
        written: the image.
        plan_file: what was written beside it, or None.
        plan_error: what kept it from being written, or nothing.
        width: cells; where a digest has no room beside its label, it stands below.
    """
    all_sent = " sent" if written.pushed is not None else ""
    words = f"   {prose(written.bytes_written)}{all_sent}   {counted(len(written.layers), 'layer')}   "
    words += exactly(written.seconds)
    if written.cache is not None and written.cache.hits:
        words += f"   {written.cache.hits} from the cache"
    name = cut(visible(written.target), width - len(words) - 2)
    lines: list[Line] = [(Span("✓ ", "save", bold=True), Span(name, "bright", bold=True), Span(words)), ()]
    for label, digest in (("image", written.config_digest), ("manifest", written.manifest_digest)):
        if not digest:  # an engine makes its own manifest
            continue
        form, _, hexadecimal = digest.partition(":")
        value: Line = (Span(f"{form}:", "faint"), Span(hexadecimal))
        if width >= _LABEL + len(digest):
            lines.append((Span(f"{label:<{_LABEL}}", "dim"), *value))
        else:
            lines += [(Span(label, "dim"),), value]
    if (sent := written.pushed) is not None:
        mounted = f", {sent.mounted} mounted from another repository" if sent.mounted else ""
        words = f"{sent.sent} sent, {sent.there} were there{mounted}"
        lines.append((Span(f"{'layers':<{_LABEL}}", "dim"), Span(words)))
    if plan_error:
        lines.append((Span(f"{'plan':<{_LABEL}}", "dim"), Span(visible(plan_error), "bad")))
    elif plan_file is not None:
        found = (Span(visible(str(plan_file))), Span("   commit it next to the flake", "dim"))
        lines.append((Span(f"{'plan':<{_LABEL}}", "dim"), *found))
    return lines


def pushed(written: WrittenImage, priced: PricedPlan) -> str:
    """Return what the next push sends, measured; nothing where there is no baseline."""
    if priced.cost is None:
        return ""
    new = [layer for layer, new in zip(written.layers, priced.cost.new, strict=True) if new]
    if not new:
        return "next push   nothing: the registry has every layer"
    packed, plain = sum(layer.size for layer in new), sum(layer.uncompressed_size for layer in new)
    before = "" if packed == plain else f"   {prose(plain)} before compression"
    return f"next push   {prose(packed)}, measured   {len(new)} of {len(written.layers)} layers{before}"
