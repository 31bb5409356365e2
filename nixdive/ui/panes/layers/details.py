"""What there is to know of the selected layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.plan import LayerKind
from nixdive.sizes import prose
from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span, key_words, labelled, shorten
from nixdive.ui.naming import layer_name, percent
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Layer
    from nixdive.ui.panes.view import View
    from nixdive.workspace.priced_plan import PricedPlan


def layer_details(view: View, index: int, width: int) -> list[Line]:
    """Return the header and five lines: name, size, reason, push, and what the last step moved."""
    lines = [heading("Layer Details", width)]
    if not 0 <= index < len(view.priced.plan.layers):
        return [*lines, (Span(" nothing selected", "faint"),)]
    found = details(view.closure, view.priced, view.before, index, view.baseline, keys=view.keys)
    return lines + [shorten(line, width - 1) for line in found]


def details(
    closure: Closure,
    priced: PricedPlan,
    before: PricedPlan | None,
    index: int,
    baseline: str,
    *,
    keys: KeySigns = KeySigns(),  # noqa: B008  a value that never changes
) -> list[Line]:
    """Return the lines about a layer; `baseline` is the name of the earlier version."""
    layer = priced.plan.layers[index]
    name = layer_name(layer, closure)
    first = [
        Span(name, "pin" if layer.pin else "bright", bold=True),
        Span(f"   layer {index + 1} of {len(priced.plan.layers)}"),
    ]
    if layer.pin is not None:
        patterns = [pin.pattern for pin in priced.plan.request.pins if pin.layer == layer.pin]
        first.append(Span("   pinned by you", "dim"))
        if patterns != [layer.pin]:
            first.append(Span(f"   {visible(', '.join(patterns))}"))
    if layer.frozen:
        first.append(Span("   frozen by you", "dim"))
        first += key_words(keys.first("freeze"), "thaws it", action="screen.do('freeze')")
    lines = [
        labelled("Name", *first),
        labelled("Size", *_size(layer, sized=priced.plan.sized)),
        labelled("Change", *_change(layer)),
        labelled("Push", *_push(priced, index, baseline)),
    ]
    if before is not None:
        lines.append(labelled("Moved", *_moved(layer, before)))
    return lines


def _size(layer: Layer, *, sized: bool) -> list[Span]:
    if layer.kind is not LayerKind.STORE:
        return [Span(prose(layer.nar_size)), Span("   bytes of the layer tar", "dim")]
    paths = Span(f"   {counted(len(layer.paths), 'path')}")
    if not sized:
        return [Span("unknown", "dim"), Span("   the input names no sizes", "dim"), paths]
    return [Span(prose(layer.nar_size)), Span("   NAR bytes, uncompressed", "dim"), paths]


def _change(layer: Layer) -> list[Span]:
    if layer.change_probability is None:
        return [Span(visible(layer.reason), "dim")]
    chance = percent(layer.change_probability).replace("%", " %")
    return [Span(chance), Span(" of releases", "dim"), Span(f"   {visible(layer.reason)}")]


def _push(priced: PricedPlan, index: int, baseline: str) -> list[Span]:
    if priced.cost is None:
        return [Span("all of it", "text"), Span("   --against OLD shows what is kept", "dim")]
    if not priced.cost.new[index]:
        return [Span("nothing", "text"), Span(f"   {visible(baseline)} has this layer", "dim")]
    known = visible(baseline)
    cause = f"changed since {known}" if priced.layer_marks[index] == "~" else f"no such layer in {known}"
    return [
        Span(prose(priced.push_of(index)), "pay", bold=True),
        Span(f"   all of it: {cause}", "dim"),
    ]


def _moved(layer: Layer, before: PricedPlan) -> list[Span]:
    if not layer.paths or any(layer.paths == old.paths for old in before.plan.layers):
        return [Span("nothing: it is as before the last edit", "dim")]
    homes = {before.layer_of[path] for path in layer.paths if path in before.layer_of}
    if len(homes) == 1:
        return [Span(f"out of layer {min(homes) + 1} as it was before the last edit")]
    return [Span(f"out of {counted(len(homes), 'layer')} as they were before the last edit")]
