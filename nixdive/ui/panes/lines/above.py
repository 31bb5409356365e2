"""The lines above the panes: what is open, the figures of its plan, and the bar of its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.sizes import prose
from nixdive.ui.draw.bar import bytes_line, pushed_line, widths
from nixdive.ui.draw.figures import change, figure, tone
from nixdive.ui.draw.line import Line, Span, ending, quieter, spread, width
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.naming import image_size, layer_ground
from nixdive.visible import visible
from nixdive.words import brief, counted, without_layers

if TYPE_CHECKING:
    from nixdive.ui.panes.pane import View
    from nixdive.workspace.priced_plan import PricedPlan

_GAUGE = 18
_LABEL = 9
_MARGIN = 1


def name_line(image: str, width: int, against: str = "") -> Line:
    """Return the line while there is no plan: what is being opened, and what it is compared with."""
    room = width - line_width(_start(""))
    whole, end = _start(image), _end("", against, "")
    if line_width((*whole, *end)) < width:
        return spread(whole, end, width)
    return _start(ending(visible(image), room - 1))


def title_bar(view: View, width: int) -> Line:
    """Return the image, its figures, the edits that are not written, the baseline.

    What matters least goes first as the width shrinks.
    """
    plan, edits = view.priced.plan, view.workspace.shown.unwritten
    left = [*_start(view.workspace.subject.name)]
    if width >= 100:
        size = prose(image_size(plan)) if plan.sized else "sizes unknown"
        paths = f"   {counted(len(view.priced.layer_of), 'path')}" if view.priced.lays_out else ""
        left.append(Span(f"{paths}   {size}", "dim"))
    edited = counted(edits, "edit") if edits else ""
    unwritten = f"{edited} not written" if edits and width >= 100 else edited
    assumed = f", {view.priced.assumption}" if view.priced.assumption and width >= 100 else ""
    ends = [_end(words, view.baseline, more) for more in (assumed, "") for words in (unwritten, edited)]
    right = next((end for end in ends if line_width((*left, *end)) < width), ends[-1])
    name = plan.request.strategy if view.priced.lays_out else ""
    room = width - line_width(left) - line_width(right) - 1
    names = (f"   strategy {name}", f"   {name}") if name else ()
    words = next((text for text in names if len(text) <= room), "")
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
    """Return the figures for a line of so many cells; seconds go before how much bytes have changed."""
    right: Line = ()
    if priced.floor.push is not None and priced.plan.sized and priced.lays_out and cells >= 110:
        right = (Span(f"floor {prose(priced.floor.push)} ", "dim"),)
    shown = [_figures(priced, before, cells, form) for form in _FORMS]
    line = next((one for one in shown if width(one) <= cells), shown[-1])
    return spread(line, right if width(line) + width(right) < cells else (), cells)


class _Form(NamedTuple):
    """How much the figures say.

    Attributes:
        timed: whether there are seconds.
        roomy: whether seconds have a sign too, and figures stand apart where it is wide.
        sizes: whether changes of bytes have their size; else they have a sign alone.
        names: what the two figures are called.
    """

    timed: bool = True
    roomy: bool = False
    sizes: bool = True
    names: tuple[str, str] = ("next push", "each release")


_FORMS = (
    _Form(roomy=True),
    _Form(),
    _Form(sizes=False),
    _Form(sizes=False, names=("push", "release")),
    _Form(timed=False, roomy=True),
    _Form(timed=False, names=("push", "release")),
    _Form(timed=False, sizes=False, names=("push", "release")),
)


def _figures(priced: PricedPlan, before: PricedPlan | None, cells: int, form: _Form) -> Line:
    plan, now = priced.plan, priced.seconds if form.timed else None
    was = before.seconds if before is not None else None
    gap = "    " if cells >= 110 and form.roomy else "  "
    most = priced.pricer.delivery.most_layers
    line = [Span(" layers ", "dim"), Span(str(len(plan.layers)), "bright", bold=True)]
    if priced.lays_out:
        line = [*_budget(len(plan.layers), plan.request.max_layers, most, wide=cells >= 110)]
    line.append(Span(f"{gap}{form.names[0]} ", "dim"))
    if not plan.sized:
        line.append(Span("sizes unknown", "text"))
    elif priced.cost is None:
        line += [Span("all ", "text"), *figure(priced.push_bytes)]
    else:
        more = priced.push_bytes - before.push_bytes if before is not None else 0
        line += [*figure(priced.push_bytes), *_change(more, priced.push_bytes, form)]
    if plan.unread:
        line.append(Span(f" {without_layers(plan.unread)}", "bad"))
    if now is not None:
        line += _seconds(now.next_push, (was or now).next_push)[: None if form.roomy else 1]
    if priced.release is not None:
        more = priced.release - before.release if before is not None and before.release is not None else 0
        line.append(Span(f"{gap}{form.names[1]} ", "dim"))
        line += [*figure(priced.release), *_change(more, priced.release, form)]
    if now is not None and priced.release is not None:
        line += _seconds(now.release, (was or now).release)[: None if form.roomy else 1]
    return tuple(line)


def _change(size: int, of: int, form: _Form) -> Line:
    if form.sizes or not size:
        return change(size, of)
    return (Span(" ▲" if size > 0 else " ▼", tone(size), bold=True),)


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
