"""The line that never moves: the last edit and its price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.reactive import reactive

from nixdive.ui.figures import signed
from nixdive.ui.line import Line, Span, spread
from nixdive.ui.widgets.drawn import Drawn

if TYPE_CHECKING:
    from nixdive.ui.history import Edit


@dataclass(frozen=True, slots=True)
class Told:
    """What the line tells of an edit.

    Attributes:
        edit: the edit.
        undone: whether it was undone.
        once: bytes that it costs once, or None where sizes are unknown.
        against: whether that is the difference to the push before it; else it is what a push after the plan
            before it would send.
    """

    edit: Edit
    undone: bool
    once: int | None
    against: bool


class EditLine(Drawn):
    """The last edit and its price, a refusal, or a hint."""

    ground = "raised"

    told: reactive[Told | None] = reactive(None)
    refusal: reactive[str] = reactive("")
    hint: reactive[str] = reactive("")
    undo: reactive[bool] = reactive(default=False)
    redo: reactive[bool] = reactive(default=False)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  it is one line
        """Return the line."""
        if self.refusal:
            left: Line = (Span(" refused: ", "bad", bold=True), Span(self.refusal, "bad"))
        elif self.told is not None:
            left = told(self.told, width)
        else:
            left = (Span(f" {self.hint}", "dim"),)
        right: list[Span] = []
        if self.undo:
            right += [Span(" z", "accent", bold=True, action="screen.undo"), Span(" undo", "dim")]
        if self.redo:
            right += [Span("  Z", "accent", bold=True, action="screen.redo"), Span(" redo", "dim")]
        return [spread(left, (*right, Span(" ")), width)]


def told(what: Told, cells: int) -> Line:
    """Return an edit with its price and the verdict."""
    edit = what.edit
    line = [Span(" ")]
    if what.undone:
        line += [Span("undone: ", "dim"), Span(edit.what, "bright", bold=True)]
    else:
        line += [Span("◆ " if edit.decides else "", "pin"), Span(edit.what, "bright", bold=True)]
        if edit.result:
            line += [Span(" → ", "dim"), Span(edit.result, "bright", bold=True)]
    if what.once is None:
        return (*line, Span("   no price: the input names no sizes", "dim"))
    role = "pay" if what.once > 0 else "save"
    ground = {"pay": "pay-ground", "save": "save-ground"}[role]
    line.append(Span("   "))
    if what.once:
        line.append(Span(f" {signed(what.once)} once ", role, bold=True, ground=ground))
        verdict = "" if what.against else "if the plan before it was pushed"
    else:
        line.append(Span(" ±0 once ", "text", bold=True, ground="panel"))
        verdict = "free"
    return (*line, Span(f"   {verdict}" if cells >= 100 or verdict == "free" else "", "text"))
