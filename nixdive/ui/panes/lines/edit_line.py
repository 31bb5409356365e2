"""The line that never moves: the last edit and its price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.layering.replan import verdict
from nixdive.sizes import signed
from nixdive.ui.draw.line import Line, Span, cut, spread
from nixdive.ui.draw.line import width as line_width

if TYPE_CHECKING:
    from nixdive.ui.config.keymap import KeySigns
    from nixdive.workspace.history import Edit
    from nixdive.workspace.priced_plan import Price

# the ends of verdicts that a narrow line spares
_SHORT = (
    (" releases", ""), (" release", ""), ("never pays back", "never"), (" with each", ""), (" at once", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What the line tells of an edit.

    Attributes:
        edit: the edit.
        undone: whether it was undone.
        price: what it costs once and with each release, or None where sizes are unknown.
    """

    edit: Edit
    undone: bool
    price: Price | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an edit cannot be made.

    Attributes:
        cause: in one line.
        remedy: what can be done about it, with its key; or empty.
    """

    cause: str
    remedy: str = ""


def edit_line(
    what: Told | Refusal | str, width: int, keys: KeySigns, *, undo: bool = False, redo: bool = False
) -> Line:
    """Return the last edit and its price, a refusal, or a hint; at the right the keys that undo and redo.

    Args:
        what: the edit, the refusal, or the hint.
        width: cells.
        keys: the keys that verbs have now.
        undo: whether there is an edit to undo.
        redo: whether there is one that was undone.
    """
    right: list[Span] = []
    words = width >= 100 or not (undo and redo)
    for verb, there, gap in (("undo", undo, " "), ("redo", redo, "  " if words else " ")):
        if there and (key := keys.first(verb)):
            right.append(Span(f"{gap}{key}", "accent", bold=True, action=f"screen.do('{verb}')"))
            right.append(Span(f" {verb}" if words else "", "dim"))
    if isinstance(what, Told):
        left = told(what, width, width - line_width(right) - 1)
    elif isinstance(what, Refusal):
        remedy = Span(f": {what.remedy}" if what.remedy else "", "dim")
        left = (Span(" refused: ", "bad", bold=True), Span(what.cause, "bad"), remedy)
    else:
        left = (Span(f" {what}", "dim"),)
    return spread(left, (*right, Span(" ")), width)


def told(what: Told, cells: int, room: int) -> Line:
    """Return an edit with its price and the verdict; where it is narrow the edit is cut, never the price.

    Args:
        what: the edit.
        cells: of the screen.
        room: cells for the line.
    """
    if what.price is None:
        return (*_edit(what, room), Span("   no price: the input names no sizes", "dim"))
    once, release, wide = what.price.push or 0, what.price.release, cells >= 100
    price = [_chip(once, "once")]
    if release is not None:
        price += [Span("   " if wide else " "), _chip(release, "each release" if wide else "a release")]
    if cells >= 80 and not what.undone:
        words = what.edit.note or verdict(once, release or 0)
        price.append(Span(f"   {words}" if wide else f"  {short(words)}"))
    gap = Span("   " if wide else " ")
    return (*_edit(what, room - line_width(price) - len(gap.text)), gap, *price)


def short(verdict_words: str) -> str:
    """Return a verdict in fewer words: pays back in 3, never, dearer, saves."""
    for more, fewer in _SHORT:
        verdict_words = verdict_words.removesuffix(more) + (fewer if verdict_words.endswith(more) else "")
    return verdict_words


def _edit(what: Told, room: int) -> Line:
    edit = what.edit
    line = [Span(f" {edit.mark} " if edit.mark and not what.undone else " ", "pin")]
    if what.undone:
        line.append(Span("undone: ", "dim"))
    text = cut(edit.what, room - line_width(line))
    line.append(Span(text, "bright", bold=True))
    left = room - line_width(line) - 3
    if edit.result and not what.undone and left >= 4:
        line += [Span(" → ", "dim"), Span(cut(edit.result, left), "bright", bold=True)]
    return tuple(line)


def _chip(size: int, when: str) -> Span:
    text = f" {signed(size)} {when} "
    if not size:
        return Span(text, "text", bold=True, ground="panel")
    role = "pay" if size > 0 else "save"
    return Span(text, role, bold=True, ground=f"{role}-ground")
