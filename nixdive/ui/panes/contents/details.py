"""What there is to know of the selected file of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from nixdive.contents.difference import Change, placed
from nixdive.sizes import prose
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.figures import count
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.panes.contents.names import STORE, plain_name
from nixdive.ui.panes.contents.rows import LETTERS, ROLES, middle, permissions, shown

if TYPE_CHECKING:
    from nixdive.contents.history import Step
    from nixdive.workspace.files.compared import Compared

_GAP = "   "


class FileDetails(Drawn):
    """Its change, sizes, owner, and the layers that have to do with it.

    Attributes:
        compared: the files that are shown.
        file: the absolute name of the selected one, or None.
        steps: what layers do to it, lowest first; None while that is being looked for.
        differs: where it differs from the one before, in words.
    """

    compared: reactive[Compared | None] = reactive(None)
    file: reactive[bytes | None] = reactive(None)
    steps: reactive[tuple[Step, ...] | None] = reactive(None)
    differs: reactive[str] = reactive("")

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  what has no room is cut
        """Return the header with the end of the name, and two lines."""
        if self.compared is None or self.file is None or self.file not in self.compared.listing.found:
            return [heading("File", width), (Span(" nothing selected", "faint"),)]
        title = _end(plain_name(shown(self.file)), width - 6)
        return [heading(title, width), _facts(self.compared, self.file), *self._where(width)]

    def _where(self, width: int) -> list[Line]:
        assert self.compared is not None
        assert self.file is not None
        lines: list[Line] = []
        if origin := _origin(self.compared, self.file, width - 8):
            lines.append((Span(" was in ", "dim"), Span(origin)))
        if self.differs:
            lines.insert(0, (Span(f" {self.differs}"),))
        if self.steps:
            lines.append(_story(self.steps))
        return lines


def _facts(compared: Compared, name: bytes) -> Line:
    one = compared.listing.found[name]
    there = placed(one).entry
    folder = compared.listing.is_folder(name)
    line: list[Span] = [
        Span(f" {LETTERS[one.change]} ", ROLES[one.change], bold=True),
        Span(one.change.value, ROLES[one.change]),
        Span(_GAP),
        Span(prose(compared.listing.totals[name]), "text"),
    ]
    if folder:
        line.append(Span(f"   {count(len(compared.listing.children.get(name, ())), 'name')}", "text"))
    if one.change is Change.MODIFIED and one.before is not None and not folder:
        line += [Span("   was ", "dim"), Span(_before(one.before.entry.size, there.size), "dim")]
    line.append(Span(f"   {permissions(there)} {there.uid}:{there.gid}", "dim"))
    if there.target:
        line += [Span("   → ", "dim"), Span(shown(there.target))]
    return tuple(line)


def _before(old: int, new: int) -> str:
    """Return a size before; in bytes where it would read like the one now."""
    text = prose(old)
    return f"{old:,} B, now {new:,} B" if text == prose(new) and old != new else text


def _story(steps: tuple[Step, ...]) -> Line:
    """Return which layers do what to a file; those that ship it again are counted."""
    line: list[Span] = [Span(" ")]
    for step in steps:
        if step.change is not Change.UNMODIFIED:
            words = "in" if step is steps[0] else f"{step.change.value} by"
            line += [Span(words, "dim"), Span(f" layer {step.layer + 1}   ")]
    again = sum(step.change is Change.UNMODIFIED for step in steps)
    if again:
        line.append(Span(f"again in {count(again, 'layer')}", "dim"))
    return tuple(line)


def _origin(compared: Compared, name: bytes, cells: int) -> str:
    """Return the earlier store path of a name, where it was another one."""
    top = b"/".join(name.split(b"/")[:4])
    old = compared.olds.get(top)
    if old is None:
        return ""
    base = old[len(STORE) + 1 :]
    return middle(shown(base[:7] + base[32:]), cells)


def _end(text: str, cells: int) -> str:
    """Return the end of a name, from a slash on."""
    if len(text) <= cells:
        return text
    tail = text[-(cells - 1) :]
    return "…" + tail[tail.find("/") :] if "/" in tail[:-1] else "…" + tail
