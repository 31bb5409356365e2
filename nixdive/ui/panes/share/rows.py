"""What is shared with the other images, as rows."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from nixdive.sizes import prose, signed
from nixdive.ui.draw.figures import size_cells, tone
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import BLANK, Line, Span, cut, fit, key_words, labelled, spread, width
from nixdive.ui.draw.lists import Said, Section
from nixdive.ui.naming import layer_chip, layer_names, path_label
from nixdive.ui.panes.layers.arranged import found_layers
from nixdive.visible import visible
from nixdive.words import counted
from nixdive.workspace.others import Shared, Together, registry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.ui.panes.closure.filter import Query
    from nixdive.workspace.priced_plan import PricedPlan

_WIDE = 56
_CELL = 7
_PATHS = 500


class Order(StrEnum):
    """What the other images are sorted by."""

    NAMED = "named"
    NAME = "name"
    SIZE = "size"
    COMMON = "common"
    LAYERS = "layers"
    PULL = "pull"
    JOINT = "joint"


class Image(NamedTuple):
    """The row of another image.

    Attributes:
        number: its place.
        shared: what is shared with it.
        pull: bytes that a host which has it pulls of this one when both are planned together, where known.
        waiting: whether that is still being worked out.
    """

    number: int
    shared: Shared
    pull: int | None
    waiting: bool


class SharedLayer(NamedTuple):
    """A layer with the same bytes in both images: its index here and there."""

    here: int
    there: int


class Apart(NamedTuple):
    """A store path that is in both images, but in other layers: its index, and the layer there."""

    path: int
    there: int


Entry: TypeAlias = Image | SharedLayer | Apart | Said | Section


def entries(
    closure: Closure,
    priced: PricedPlan,
    found: Sequence[Shared],
    joint: Together | None,
    chosen: int,
    *,
    pins: str = "p",
    order: Order = Order.NAMED,
    query: Query | None = None,
) -> tuple[Entry, ...]:
    """Return the rows: the images, what the registry holds, and what is shared with the chosen one.

    A filter that has the names of images finds these; any other finds the layers and paths that are shared.

    Args:
        closure: of this image.
        priced: its plan.
        found: the other images.
        joint: all planned together, as soon as that is known.
        chosen: which one of the others.
        pins: the key that pins a path.
        order: what the images are sorted by.
        query: what a filter asks for, or None.
    """
    pulls = joint.pulls if joint and joint.pulls else (None,) * len(found)
    images = [
        Image(number, one, pull, joint is None)
        for number, (one, pull) in enumerate(zip(found, pulls, strict=True))
    ]
    called = named(found, query)
    rows: list[Entry] = [one for one in sorted(images, key=_ranked_by(order)) if one.number in called]
    if query is not None and len(called) < len(found):
        query = None
    rows += [Said(BLANK), *(Said(line) for line in _registry(priced, found, joint)), Said(BLANK)]
    one = found[chosen]
    if one.now is None or one.plan is None:
        return (*rows, Section(visible(one.name)), Said((Span(f" {visible(one.cause)}", "bad"),)))
    rows.append(Section(f"Layers shared with {visible(one.name)}", prose(one.now.layers_size)))
    layers = None if query is None else found_layers(query, closure, priced)
    shown = [SharedLayer(here, there) for here, there in one.now.layers if layers is None or here in layers]
    rows += shown
    if not shown:
        none = "no layer is the same in both" if query is None else f"no such layer matches {query.called}"
        rows.append(Said((Span(f" none: {none}", "dim"),)))
    size = sum(closure.nar_sizes[closure.index[path]] for path in one.now.apart)
    rows += [Said(BLANK), Section("In both, in different layers", prose(size))]
    home = one.plan.layer_of()
    paths = None if query is None else query.found(closure, priced)
    apart = [path for path in one.now.apart if paths is None or closure.index[path] in paths]
    rows += [Apart(closure.index[path], home[path]) for path in apart[:_PATHS]]
    if one.now.apart and not apart and query is not None:
        rows.append(Said((Span(f" none: no such path matches {query.called}", "dim"),)))
    elif one.now.apart:
        rows.append(Said((Span(" "), *key_words(pins, "pins one, so that both have it as a layer")[1:])))
    else:
        rows.append(Said((Span(" nothing: shared layers hold everything that both have", "dim"),)))
    return tuple(rows)


def named(found: Sequence[Shared], query: Query | None) -> frozenset[int]:
    """Return the places of the images that a filter names; all where it names none."""
    places = range(len(found))
    some = () if query is None else (number for number in places if query.in_words(found[number].name))
    return frozenset(some) or frozenset(places)


def _ranked_by(order: Order) -> Callable[[Image], tuple[float, str]]:
    """Return what puts those with the most first, or the least to pull; what is not known comes last."""

    def rank(one: Image) -> tuple[float, str]:
        shared, now, name = one.shared, one.shared.now, one.shared.name.lower()
        figures = {
            Order.NAMED: one.number,
            Order.NAME: 0,
            Order.SIZE: None if shared.size is None else -shared.size,
            Order.COMMON: None if now is None else -now.common,
            Order.LAYERS: None if now is None else -now.layers_size,
            Order.PULL: None if now is None else now.pull,
            Order.JOINT: one.pull,
        }
        figure = figures[order]
        return math.inf if figure is None else figure, name

    return rank


def heads(cells: int, order: Order = Order.NAMED) -> Line:
    """Return the heads of the columns; a click on one sorts the images by it, a second one takes it back."""

    def head(of: Order, cells: int) -> Span:
        here = of is order
        words = "Image" if of is Order.NAME else of.title()
        action = f"screen.order('share', '{Order.NAMED if here else of}')"
        text = f"{words}▼" if here else words
        return Span(f"{text:>{cells}}", "text" if here else "faint", bold=here, action=action)

    columns = (Order.COMMON, Order.LAYERS, Order.PULL, Order.JOINT)
    right = tuple(head(of, _CELL) for of in columns)
    if cells >= _WIDE:
        right = (Span(" Paths", "faint"), head(Order.SIZE, _CELL), *right)
    return spread((Span(" "), head(Order.NAME, 0)), right, cells)


def row(closure: Closure, priced: PricedPlan, entry: Entry, cells: int, *, chosen: bool) -> Line:
    """Return a row."""
    match entry:
        case Section(title, note):
            return heading(title, cells, note=note)
        case Said(line):
            return line
        case Image():
            return _image(entry, cells, chosen=chosen)
        case SharedLayer(here, there):
            return _layer(closure, priced, here, there, cells)
        case Apart(path, there):
            return _apart(closure, priced, path, there, cells, chosen=chosen)


def _image(entry: Image, cells: int, *, chosen: bool) -> Line:
    one, pull = entry.shared, entry.pull
    gap = Span("  ")
    end: list[Span] = []
    if cells >= _WIDE:
        size = size_cells(one.size) if one.size is not None else (Span("   ? ", "faint"),)
        end += [Span(f"{one.paths:>6}", "dim"), gap, *size]
    if one.now is None:
        end.append(Span(f"{'cannot be laid out':>{4 * _CELL}}", "bad"))
    else:
        end += [gap, *size_cells(one.now.common), gap, *size_cells(one.now.layers_size)]
        end += [gap, *size_cells(one.now.pull, pays=True), gap]
        end += (
            size_cells(pull, pays=True)
            if pull is not None
            else (Span("   … " if entry.waiting else "   - ", "faint"),)
        )
    room = cells - width(end)
    name = Span(f" {cut(visible(one.name), room - 1)}", "bright" if chosen else "text", bold=chosen)
    return (*fit((name,), room), *end)


def _registry(priced: PricedPlan, found: Sequence[Shared], joint: Together | None) -> list[Line]:
    """Return what the registry holds of all images, now and planned together, and what the change costs."""
    read = [one for one in found if one.size is not None]
    now = registry([priced.plan, *(one.plan for one in read if one.plan is not None)])
    lacks = counted(len(found) - len(read), "image")
    without = f" without {lacks} of which no layer was read" if len(read) < len(found) else ""
    start = labelled("Registry", Span(prose(now)), Span(f" now{without}", "dim"))
    pull = labelled("Pull", Span("on a host that has that image", "dim"))
    if joint is None:
        return [start, pull, labelled("Joint", Span("planning together …", "faint"))]
    if joint.cause:
        return [start, (Span(f" {visible(joint.cause)}", "bad" if read else "dim"),), pull]
    delta = joint.registry - now
    words = (Span(prose(joint.registry)), Span(" joint ", "dim"), Span(signed(delta), tone(delta), bold=True))
    new = labelled("Joint", Span(prose(joint.push)), Span(" of this image in new layers", "dim"))
    return [(*start, Span("  "), *words), pull, new]


def _layer(closure: Closure, priced: PricedPlan, here: int, there: int, cells: int) -> Line:
    layer = priced.plan.layers[here]
    start = (
        Span(" "),
        *layer_chip(layer, here),
        *size_cells(layer.nar_size),
        Span("  "),
    )
    end = (Span(f"layer {there + 1} there ", "dim"),)
    names = layer_names(layer, closure, cells - width(start) - width(end) - 1, most=3)
    return spread((*start, *names), end, cells)


def _apart(closure: Closure, priced: PricedPlan, path: int, there: int, cells: int, *, chosen: bool) -> Line:
    here = priced.layer_of[closure.paths[path]]
    layer = priced.plan.layers[here]
    start = (Span(" "), *layer_chip(layer, here), *size_cells(closure.nar_sizes[path]), Span("  "))
    end = (Span(f"layer {there + 1} there ", "dim"),)
    role = "bright" if chosen else "text"
    label = path_label(closure.paths[path], cells - width(start) - width(end) - 1, role, bold=chosen)
    return spread((*start, *label), end, cells)
