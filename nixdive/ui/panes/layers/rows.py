"""The rows of the layers table: pure functions from a priced to lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.layering.plan import LayerKind
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.naming import MARK_ROLES, cheaper, dearer, decided, layer_ground, layer_names, mark
from nixdive.ui.panes.layers.arranged import Order
from nixdive.words import percent

if TYPE_CHECKING:
    from collections.abc import Collection

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Layer, LayerPlan
    from nixdive.store.path import StorePath
    from nixdive.workspace.priced_plan import PricedPlan


_UNKNOWN = "   ? "  # as wide as a size


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns have room.

    Attributes:
        against: those that compare with a baseline: the mark and the bytes pushed.
        paths: the number of store paths.
        chance: how often a release changes the layer.
        most: how many names of a layer are shown.
        sized: whether sizes are known; where they are not, store paths are counted in their place.
        stores: whether there are store paths; layers without any are named by what made them.
        digits: how many the number of a layer has room for.
    """

    against: bool
    paths: bool
    chance: bool
    most: int
    sized: bool
    stores: bool = True
    digits: int = 2

    @classmethod
    def of(cls, priced: PricedPlan, cells: int) -> Columns:
        """Return the columns that a pane of so many cells has."""
        chance = any(layer.change_probability is not None for layer in priced.plan.layers)
        stores = priced.lays_out
        most = 3 if cells >= 52 else 1
        digits = max(2, len(str(len(priced.plan.layers))))
        against, paths = priced.cost is not None, stores and cells >= 70
        return cls(against, paths, chance, most, priced.plan.sized, stores, digits)


def heads(columns: Columns, cells: int, order: Order = Order.NUMBER, *, bar: bool = False) -> Line:
    """Return the heads of the columns; a click on one sorts by it, and the one that holds is bright.

    Args:
        columns: which there are.
        cells: the width of the pane.
        order: what the layers are sorted by.
        bar: whether dive's bar stands before them.
    """
    wide = cells >= 52
    start, gap = ("  ", "  ") if wide else ("", " ")

    def head(text: str, of: Order, room: int) -> Span:
        text = f"{text}▼" if of is order else text
        return _head(f"{text:>{room}}", of, order)

    first = "Cmp " if bar else f" {start}{'Δ' if columns.against else ' '}"
    line = [Span(first, "faint"), _head(f" {'#':>{columns.digits}}  ", Order.NUMBER, order), Span(" ")]
    line.append(head("Size" if columns.sized else "Paths", Order.SIZE, 5))
    if columns.against:
        line += [Span(gap), head("Push", Order.PUSH, 5)]
    if columns.paths:
        line.append(Span("  Paths", "faint"))
    if columns.chance:
        line += [Span("    " if wide else ""), head("Chg", Order.CHANCE, 4)]
    line.append(Span("   " if wide else " "))
    names = "Made by" if not columns.stores else "Store paths" if wide else "Largest"
    line.append(head(names, Order.NAME, 0))
    return tuple(line)


def _head(text: str, of: Order, order: Order) -> Span:
    chosen = of is order and of is not Order.NUMBER
    action = f"screen.order('layers', '{Order.NUMBER if chosen else of}')"  # the second click takes it back
    return Span(text, "text" if chosen else "faint", bold=chosen, action=action)


def row(
    priced: PricedPlan,
    before: PricedPlan | None,
    index: int,
    closure: Closure,
    cells: int,
    *,
    marked: bool = False,
    bar: Line = (),
    found: Collection[StorePath] = (),
) -> Line:
    """Return the row of a layer.

    Args:
        priced: the plan and its figures.
        before: those before the last step, to mark what it changed.
        index: the index of the layer.
        closure: the closure it is of.
        cells: the width of the pane.
        marked: whether the layer is marked for a merge: its number stands in reverse.
        bar: the two cells of dive's bar, or nothing.
        found: store paths that a filter has found, which are named before larger ones.
    """
    layer = priced.plan.layers[index]
    columns = Columns.of(priced, cells)
    wide = cells >= 52
    gap = Span("  " if wide else " ")
    delta = priced.layer_marks[index] if priced.layer_marks else " "
    line: list[Span] = [*bar, moved(priced, before, index)]
    line.append(Span("  " if wide and not bar else ""))
    line.append(Span(delta, MARK_ROLES.get(delta, "text"), bold=delta != "="))
    text = f"{index + 1:>{columns.digits}}"
    number = Span(text, "ink", bold=True, ground="pin") if marked else Span(text)
    line += [Span(" "), number, Span(" "), Span(decided(layer), "pin"), Span(" ")]
    sized = columns.sized or layer.kind is not LayerKind.STORE
    line += size_cells(layer.nar_size, sized=sized) if layer.fault is None else [Span(_UNKNOWN, "bad")]
    if columns.against:
        line.append(gap)
        line += size_cells(priced.push_of(index), pays=True, sized=sized)
    if columns.paths:
        line.append(Span(f"  {len(layer.paths) or '·':>5}", "dim"))
    if columns.chance:
        line += _chance(layer, wide=wide)
    line.append(Span("   " if wide else " "))
    room = cells - sum(len(span.text) for span in line) - wide
    line += layer_names(layer, closure, room, most=columns.most, first=found)
    return tuple(line)


def compared(mark: str) -> Line:
    """Return dive's bar for a layer: whether its files are shown, or compared with."""
    if mark == "here":
        return (Span(" ▶", "bright", ground="cmp-here"),)
    return (Span(" │", "dim", ground="cmp-below"),) if mark == "below" else (Span("  "),)


def _chance(layer: Layer, *, wide: bool) -> Line:
    chance = layer.change_probability
    if chance is None:
        return (Span(" " * (8 if wide else 4)),)
    number = Span(f"{percent(chance):>4}", "text")
    if not wide:
        return (number,)
    return (Span("  "), Span(mark(chance), layer_ground(layer)), Span(" "), number)


def moved(priced: PricedPlan, before: PricedPlan | None, index: int) -> Span:
    """Return the mark of what the last edit made of a layer: ▲ dearer, ▼ cheaper."""
    if dearer(priced, before, index):
        return Span("▲", "pay", bold=True)
    return Span("▼", "save", bold=True) if cheaper(priced, before, index) else Span(" ")


def made_layer(before: LayerPlan, after: LayerPlan) -> int | None:
    """Return the index of the layer that an edit has made: of a new pin, or out of layers arranged by hand.

    Of two halves it is the one with fewer paths, which is the one that was taken off. Edits of other kinds
    lay out as a strategy says, and make no layer of their own.
    """
    old, new = before.request, after.request
    pins = {pin.layer for pin in set(new.pins) - set(old.pins)}
    if pinned := [index for index, layer in enumerate(after.layers) if layer.pin in pins]:
        return pinned[0]
    if not new.carried or new.hashes or new.carried == old.carried:
        return None
    known = {layer.paths for layer in before.layers}
    made = [index for index, layer in enumerate(after.layers) if layer.paths and layer.paths not in known]
    return min(made, key=lambda index: len(after.layers[index].paths), default=None)
