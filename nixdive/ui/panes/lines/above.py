"""The lines above the panes: what is open, the figures of its plan, and the bar of its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.sizes import prose
from nixdive.ui.draw.bar import bytes_line, pushed_line, widths
from nixdive.ui.draw.figures import change, figure
from nixdive.ui.draw.line import Line, Span, quieter, spread, width
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.naming import image_size, layer_ground
from nixdive.visible import visible
from nixdive.words import brief, counted, without_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.ui.panes.pane import View
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.seconds import Seconds

_GAUGE = 18
_LABEL = 9
_MARGIN = 1


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
    edited = counted(edits, "edit") if edits else ""
    unwritten = f"{edited} not written" if edits and width >= 100 else edited
    assumed = f", {view.priced.assumption}" if view.priced.assumption and width >= 100 else ""
    ends = [_end(words, view.baseline, more) for more in (assumed, "") for words in (unwritten, edited)]
    right = next((end for end in ends if line_width((*left, *end)) < width), ends[-1])
    name = plan.request.strategy
    room = width - line_width(left) - line_width(right) - 1
    words = next((text for text in (f"   strategy {name}", f"   {name}") if len(text) <= room), "")
    return spread((*left, Span(words, "dim")), right, width)


def _end(edited: str, baseline: str, assumed: str) -> Line:
    edits = (Span(f"● {edited}   ", "pin", bold=True),) if edited else ()
    return (*edits, Span(f"against {visible(baseline)}{assumed} ", "dim")) if baseline else edits


def _start(image: str) -> Line:
    return (Span(" nixdive  ", "accent", bold=True), Span(visible(image), "bright", bold=True))


def figures_line(view: View, width: int, *, waiting: bool) -> Line:
    """Return the layer budget, the next push and each release with what the last step changed, and the floor.

    They are quiet while a plan is being made.
    """
    line = figures(view.priced, view.before, width)
    return (*quieter(line), Span(" …", "faint")) if waiting else line


def figures(priced: PricedPlan, before: PricedPlan | None, cells: int) -> Line:
    """Return the figures for a line of so many cells."""
    plan = priced.plan
    gap = "    " if cells >= 110 else "  "
    most = priced.pricer.delivery.most_layers
    line = [*_budget(len(plan.layers), plan.request.max_layers, most, wide=cells >= 110)]
    line.append(Span(f"{gap}next push ", "dim"))
    if not plan.sized:
        line.append(Span("sizes unknown", "text"))
    elif priced.cost is None:
        line += [Span("all ", "text"), *figure(priced.push_bytes)]
    else:
        line += figure(priced.push_bytes)
        if before is not None:
            line += change(priced.push_bytes - before.push_bytes, priced.push_bytes)
    if plan.unread:
        line.append(Span(f" {without_layers(plan.unread)}", "bad"))
    there = len(line)
    if priced.release is not None:
        line.append(Span(f"{gap}each release ", "dim"))
        line += figure(priced.release)
        if before is not None and before.release is not None:
            line += change(priced.release - before.release, priced.release)
    right: Line = ()
    if priced.floor.push is not None and plan.sized and cells >= 110:
        right = (Span(f"floor {prose(priced.floor.push)} ", "dim"),)
    if priced.seconds is not None:  # they need less room than the floor, and matter more
        timed = _timed(line, there, priced.seconds, before.seconds if before is not None else None)
        if width(timed) <= cells:
            line = timed
    return spread(tuple(line), right if width(line) + width(right) < cells else (), cells)


def _budget(used: int, budget: int, most: int, *, wide: bool) -> Line:
    """Return the layers that there are, out of those that the budget allows; where it is full, of `most`."""
    number = Span(str(used), "bright", bold=True)
    if not wide:
        of = f"/{most}" if used >= budget else f" ≤ {budget}"
        return (Span(" budget ", "dim"), number, Span(of, "dim"))
    filled = max(round(_GAUGE * min(used / most, 1)), 1)
    gauge = (Span(" " + "━" * filled, "accent"), Span("─" * (_GAUGE - filled), "faint"), Span(" "))
    of = f" of {most}" if used >= budget else f" of at most {budget}"
    return (Span(" budget ", "dim"), *gauge, number, Span(of, "dim"))


def _timed(line: Sequence[Span], there: int, now: Seconds, before: Seconds | None) -> list[Span]:
    """Return the figures with seconds: behind those of the next push, which end `there`, and at the end."""
    push, release = now.next_push, now.release
    was = (before.next_push, before.release) if before is not None else (push, release)
    return [*line[:there], *_seconds(push, was[0]), *line[there:], *_seconds(release, was[1])]


def _seconds(now: float, was: float) -> Line:
    """Return seconds, and whether they are more or fewer than before, in the tone of that."""
    shown = brief(now)
    if shown == brief(was):
        return (Span(f" in {shown}", "text"),)
    role = "pay" if now > was else "save"
    return (Span(f" in {shown}", role), Span(" ▲" if now > was else " ▼", role, bold=True))


def boundary_bar(priced: PricedPlan, selected: int, width: int) -> list[Line]:
    """Return bytes to scale, and below them what is pushed; a click on a piece selects its layer."""
    layers = priced.plan.layers
    shares = widths([layer.nar_size for layer in layers], max(width - _LABEL - _MARGIN, 1))
    actions = [f"screen.layer({i})" for i in range(len(layers))]
    against = priced.cost is not None
    pushed = [against and priced.push_of(i) > 0 for i in range(len(layers))]
    above = bytes_line(shares, [layer_ground(layer) for layer in layers], selected, actions)
    below = pushed_line(shares, pushed, selected, actions)
    label = " pushed  " if against else " " * _LABEL
    return [(Span(" bytes   ", "dim"), *above), (Span(label, "dim"), *below)]
