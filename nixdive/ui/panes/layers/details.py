"""What there is to know of the selected layer, and of the plan as a whole, beside what it could be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nixdive.human import several
from nixdive.layering.plan import Layer, LayerKind
from nixdive.sizes import prose, split
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span, key_words, labelled, shorten
from nixdive.ui.naming import dearer, image_size, layer_name
from nixdive.ui.panes.layers.found import described, facts, paths_table, unshortened
from nixdive.visible import visible
from nixdive.words import counted, percent, without_layers
from nixdive.workspace.price import Price

if TYPE_CHECKING:
    from nixdive.ui.panes.pane import View
    from nixdive.workspace.priced_plan import PricedPlan

STAY: Final = "no store paths: the layers stay as they are"
"""Why nothing of an image can be laid out otherwise."""

_FULL = 5
_PATTERNS = 4  # of the pins of a layer that are named
_NAME = 9  # cells of the names in a small pane
_NONE = "·"  # no figure, though others have one
_CELL = 11  # cells of a figure with its unit there


def layer_details(view: View, index: int, width: int, height: int = _FULL + 1) -> list[Line]:
    """Return the header and as many lines as have room.

    At first name, size, reason, push, and what the last step moved; of a layer that is no part of the
    planning what its image says of it. Then what else is known, and the paths of the layer.
    """
    lines = [heading("Layer Details", width)]
    if not 0 <= index < len(view.priced.plan.layers):
        return [*lines, (Span(" nothing selected", "faint"),)]
    layer, found, rows = view.priced.plan.layers[index], view.found(index), height - 1
    if layer.kind is not LayerKind.STORE and found is not None:
        body = described(view, index, found, width, rows - (view.priced.cost is not None))
        if view.priced.cost is not None:
            body.append(labelled("Push", *_push(view, index)))
    else:
        body = details(view, index)
        if found is not None and rows > _FULL:
            body += facts(found)
        body += paths_table(view.priced, layer, width - 1, rows - len(body))
    return lines + [shorten(line, width - 1) for line in body[:rows]]


def whole_details(view: View, index: int, width: int) -> list[Line]:
    """Return all that is known of a layer, for a place that scrolls."""
    layer, found = view.priced.plan.layers[index], view.found(index)
    if layer.kind is not LayerKind.STORE:
        return unshortened(view, index, width)
    body = details(view, index)
    body += facts(found) if found is not None else []
    return [*body, (), *paths_table(view.priced, layer, width, len(layer.paths) + _FULL)]


def details(view: View, index: int) -> list[Line]:
    """Return the lines about a layer."""
    priced = view.priced
    layer = priced.plan.layers[index]
    name = layer_name(layer, view.closure)
    first = [
        Span(name, "pin" if layer.pin else "bright", bold=True),
        Span(f"   layer {index + 1} of {len(priced.plan.layers)}"),
    ]
    if layer.pin is not None:
        patterns = [pin.pattern for pin in priced.plan.request.pins if pin.layer == layer.pin]
        first.append(Span("   pinned by you", "dim"))
        if patterns != [layer.pin]:
            first.append(Span(f"   {visible(several(patterns, _PATTERNS))}"))
    if layer.frozen:
        first.append(Span("   frozen by you", "dim"))
        first += key_words(view.keys.first("freeze"), "thaws it", action="screen.do('freeze')")
    lines = [
        labelled("Name", *first),
        labelled("Size", *_size(layer, sized=priced.plan.sized)),
        labelled("Change", *_change(priced, layer)),
        labelled("Push", *_push(view, index)),
    ]
    if view.before is not None:
        lines.append(labelled("Moved", *_moved(priced, index, view.before)))
    return lines


def _size(layer: Layer, *, sized: bool) -> list[Span]:
    if layer.fault is not None:
        return [Span("unknown", "dim"), Span("   its paths and files are not known either", "dim")]
    if layer.kind is not LayerKind.STORE:
        return [Span(prose(layer.nar_size)), Span("   bytes of the layer tar", "dim")]
    paths = Span(f"   {counted(len(layer.paths), 'path')}")
    if not sized:
        return [Span("unknown", "dim"), Span("   the input gives no sizes", "dim"), paths]
    return [Span(prose(layer.nar_size)), Span("   NAR bytes, uncompressed", "dim"), paths]


def _change(priced: PricedPlan, layer: Layer) -> list[Span]:
    if layer.change_probability is None:
        return [Span(visible(layer.reason), "dim")]
    chance = percent(layer.change_probability).replace("%", " %")
    spans = [Span(chance), Span(" of releases", "dim")]
    if layer.pin is None or len(layer.paths) < 2:
        return [*spans, Span(f"   {visible(layer.reason)}")]
    model = priced.model  # the line above says already that it is pinned
    chances = {path: model.scenarios.probability([model.closure.index[path]]) for path in layer.paths}
    most = max(chances, key=lambda path: (chances[path], path))
    return [*spans, Span("   most often through ", "dim"), Span(visible(most.package))]


def _push(view: View, index: int) -> list[Span]:
    priced = view.priced
    if priced.cost is None:
        return [Span("all of it", "text"), Span("   --against OLD shows what is kept", "dim")]
    if not priced.cost.new[index]:
        return [Span("nothing", "text"), Span(f"   {visible(view.baseline)} has this layer", "dim")]
    if priced.causes is not None and priced.plan.layers[index].paths:
        cause = visible(priced.causes.cause(view.closure, priced, index))
    elif priced.layer_marks[index] == "~":
        cause = f"changed since {visible(view.baseline)}"
    else:
        cause = f"no such layer in {visible(view.baseline)}"
    return [Span(prose(priced.push_of(index)), "pay", bold=True), Span(f"   all of it: {cause}", "dim")]


def _moved(priced: PricedPlan, index: int, before: PricedPlan) -> list[Span]:
    layer = priced.plan.layers[index]
    if not layer.paths or any(layer.paths == old.paths for old in before.plan.layers):
        return [Span("nothing: the last edit did not change it", "dim")]
    homes = {before.layer_of[path] for path in layer.paths if path in before.layer_of}
    where = f"layer {min(homes) + 1}" if len(homes) == 1 else counted(len(homes), "layer")
    if not dearer(priced, before, index):
        return [Span(f"out of {where} by the last edit")]
    kept = "it was kept" if len(homes) == 1 else "most of it was kept"
    return [Span(f"out of {where}; {kept} before "), Span("▲", "pay", bold=True)]


def plan_details(view: View, width: int, height: int) -> list[Line]:
    """Return the header and as many lines as have room: this plan, the one before, nixpkgs, the floor."""
    if height > _FULL:
        return [heading("Image / Plan", width, note=summary(view.priced)), *table(view.priced, view.before)]
    return [short_heading(view.priced, width), *short_table(view.priced, view.before)]


def summary(priced: PricedPlan) -> str:
    """Return what the image is: its size, layers and paths."""
    plan = priced.plan
    size = " ".join(split(image_size(plan))) if plan.sized else "sizes unknown"
    paths = f"   {counted(len(priced.layer_of), 'path')}" if priced.lays_out else ""
    lacks = f"   {without_layers(plan.unread)}" if plan.unread else ""
    return f"{size}   {counted(len(plan.layers), 'layer')}{paths}{lacks}"


def table(priced: PricedPlan, before: PricedPlan | None) -> list[Line]:
    """Return the heads, then a row for each plan that this one is compared with."""
    if not _has_figures(priced):
        return _without_figures(priced)
    against = priced.cost is not None
    pushes = f"{'next push':>13}" if against else ""
    times = f"{'× floor':>9}" if against else ""
    rows: list[Line] = [(Span(f" {'':<20}{pushes}{'each release':>15}{times}", "faint"),)]
    floor = priced.floor.push
    rows.append(_row("This plan", _price(priced), floor, loud=True))
    if before is not None:
        rows.append(_row("Before the edit", _price(before), floor))
    if priced.nixpkgs is not None:
        rows.append(_row(f"nixpkgs, {counted(priced.nixpkgs_layers, 'layer')}", priced.nixpkgs, floor))
    rows.append(_row("Floor, no budget", priced.floor, floor))
    if not against:
        rows.append((Span(" no baseline: ", "dim"), Span("--against OLD shows what is kept", "dim")))
    return rows


def _has_figures(priced: PricedPlan) -> bool:
    """Whether plans are compared in bytes: there are store paths, and their sizes are known."""
    return priced.lays_out and priced.plan.sized


def _without_figures(priced: PricedPlan) -> list[Line]:
    """Return why there are none."""
    cause = STAY
    if priced.lays_out:
        cause = "the input gives no sizes, so no plan has a price"
    lines: list[Line] = [(Span(f" {cause}", "dim"),)]
    if priced.cost is None:
        lines.append((Span(" no baseline: ", "dim"), Span("--against OLD shows what is kept", "dim")))
    return lines


def short_table(priced: PricedPlan, before: PricedPlan | None) -> list[Line]:
    """Return the three rows for a small pane; this plan's own figures stand at the top of the screen."""
    if not _has_figures(priced):
        return _without_figures(priced)
    name, first = ("now", priced) if before is None else ("before", before)
    floor = priced.floor.push
    rows = [_short_row(name, _price(first), floor)]
    if priced.nixpkgs is not None:
        rows.append(_short_row("nixpkgs", priced.nixpkgs, floor))
    rows.append(_short_row("floor", priced.floor, floor))
    return rows


def short_heading(priced: PricedPlan, width: int) -> Line:
    """Return the header of a small pane, with the heads of its columns in the rule."""
    heads = ("push", "release")[priced.cost is None :] if _has_figures(priced) else ()
    start = heading("Plan", _NAME)
    line = [*start]
    for head in heads:
        line += [Span("─" * (_CELL - len(head) - 2), "line"), Span(f" {head} ", "dim")]
    return (*line, Span("─" * (width - _NAME - _CELL * len(heads)), "line"))


def _price(priced: PricedPlan) -> Price:
    return Price(priced.push_bytes if priced.cost is not None else None, priced.release)


def _short_row(name: str, price: Price, floor: int | None) -> Line:
    line = [Span(f" {name:<{_NAME - 1}}", "dim")]
    for size in (price.push, price.release):
        if size is not None:
            mantissa, unit = split(size)
            line += [Span(f"{mantissa:>{_CELL - 4}}"), Span(f" {unit:<3}", "dim")]
        elif floor is not None:
            line.append(Span(f"{_NONE:>{_CELL - 4}}{'':4}", "faint"))
    return tuple(line)


def _row(name: str, price: Price, floor: int | None, *, loud: bool = False) -> Line:
    quiet = "bright" if loud else "dim"
    line = [Span(f" {name:<20}", quiet, bold=loud)]
    for size, cells in ((price.push, 9), (price.release, 11)):
        if size is None:
            line.append(Span(f"{_NONE:>{cells}}{'':4}" if floor is not None else "", "faint"))
        else:
            mantissa, unit = split(size)
            line.append(Span(f"{mantissa:>{cells}}", "bright" if loud else "text", bold=loud))
            line.append(Span(f" {unit:<3}", "dim"))
    if floor and price.push is not None:
        line.append(Span(f"{price.push / floor:>9.2f}", "bright" if loud else "text", bold=loud))
    return tuple(line)
