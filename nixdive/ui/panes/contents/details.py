"""What there is to know of the selected file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.contents.difference import Change, placed
from nixdive.sizes import prose
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span, ending
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.naming import STORE, file_name, permissions, plain_name
from nixdive.ui.panes.contents.rows import LETTERS, ROLES, middle
from nixdive.words import counted

if TYPE_CHECKING:
    from nixdive.contents.history import Step
    from nixdive.workspace.files.comparison import Compared

_GAP = "   "


@dataclass(frozen=True, slots=True)
class File:
    """The selected file.

    Attributes:
        compared: the files that are shown, or None.
        name: its absolute name, or None.
        steps: what layers do to it, lowest first; None while that is being looked for.
        differs: where it differs from the one before, in words.
    """

    compared: Compared | None = None
    name: bytes | None = None
    steps: tuple[Step, ...] | None = None
    differs: str = ""


def file_details(file: File, width: int) -> list[Line]:
    """Return the header with the end of the name; then change, sizes, owner, and the layers that have it."""
    compared, name = file.compared, file.name
    if compared is None or name is None or name not in compared.listing.found:
        return [heading("File", width), (Span(" nothing selected", "faint"),)]
    facts, target = _facts(compared, name), placed(compared.listing.found[name]).entry.target
    lines = [heading(ending(plain_name(file_name(name)), width - 6), width), facts]
    if target:
        arrow = (Span("   → ", "dim"), Span(file_name(target)))
        if line_width((*facts, *arrow)) <= width:
            lines[-1] = (*facts, *arrow)
        else:
            lines.append((Span(" → ", "dim"), Span(middle(file_name(target), width - 4))))
    if file.differs:
        lines.append((Span(f" {file.differs}"),))
    if origin := _origin(compared, name, width - 8):
        lines.append((Span(" was in ", "dim"), Span(origin)))
    if file.steps:
        lines.append(_story(file.steps))
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
        line.append(Span(f"   {counted(len(compared.listing.children.get(name, ())), 'name')}", "text"))
    if one.change is Change.MODIFIED and one.before is not None and not folder:
        line += [Span("   was ", "dim"), Span(_before(one.before.entry.size, there.size), "dim")]
    line.append(Span(f"   {permissions(there)} {there.uid}:{there.gid}", "dim"))
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
        line.append(Span(f"again in {counted(again, 'layer')}", "dim"))
    return tuple(line)


def _origin(compared: Compared, name: bytes, cells: int) -> str:
    """Return the earlier store path of a name, where it was another one."""
    top = b"/".join(name.split(b"/")[:4])
    old = compared.olds.get(top)
    if old is None:
        return ""
    base = old[len(STORE) + 1 :]
    return middle(file_name(base[:7] + base[32:]), cells)
