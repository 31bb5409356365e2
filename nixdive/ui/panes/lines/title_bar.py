"""The first line: what is open, and what is not written yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.sizes import prose
from nixdive.ui.draw.line import Line, Span, spread
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.naming import image_size
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from nixdive.ui.panes.view import View


def name_line(image: str, width: int) -> Line:
    """Return the line while there is no plan: what is being opened."""
    return spread(_start(image), (), width)


def title_bar(view: View, width: int) -> Line:
    """Return the image, its figures, the edits that are not written, the baseline.

    What matters least goes first as the width shrinks.
    """
    plan, edits = view.priced.plan, view.workspace.shown.unwritten
    left = [*_start(view.workspace.subject.name)]
    if width >= 100:
        size = prose(image_size(plan)) if plan.sized else "sizes unknown"
        left.append(Span(f"   {counted(len(view.priced.layer_of), 'path')}   {size}", "dim"))
    right = []
    if edits:
        words = counted(edits, "edit") + (" not written" if width >= 100 else "")
        right.append(Span(f"● {words}   ", "pin", bold=True))
    if view.baseline:
        right.append(Span(f"against {visible(view.baseline)} ", "dim"))
    name = plan.request.strategy
    room = width - line_width(left) - line_width(right) - 1
    words = next((text for text in (f"   strategy {name}", f"   {name}") if len(text) <= room), "")
    return spread((*left, Span(words, "dim")), tuple(right), width)


def _start(image: str) -> Line:
    return (Span(" nixdive  ", "accent", bold=True), Span(visible(image), "bright", bold=True))
