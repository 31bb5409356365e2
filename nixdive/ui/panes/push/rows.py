"""What the next push sends, as rows."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from nixdive.sizes import prose
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.line import Line, Span, cut, width
from nixdive.ui.naming import dearer
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.workspace.causes import Causes
    from nixdive.workspace.priced_plan import PricedPlan

_BAR, _SHORT = 18, 8
_WIDE = 52


class Order(StrEnum):
    """What the layers that are sent are sorted by."""

    BYTES = "bytes"
    LAYER = "layer"


class Sent(NamedTuple):
    """A layer that is pushed.

    Attributes:
        layer: its index.
        size: bytes.
        cause: why it is pushed, in a few words.
        dearer: whether the last edit made it so: most of it was kept before.
    """

    layer: int
    size: int
    cause: str
    dearer: bool = False


def sent(
    closure: Closure, priced: PricedPlan, before: PricedPlan | None, past: Causes | None
) -> tuple[Sent, ...]:
    """Return the layers that the next push sends, the largest first.

    Args:
        closure: the closure.
        priced: the plan.
        before: the plan before the last edit, or None.
        past: what the baseline tells of causes; None without one.
    """
    rows = [
        Sent(
            i,
            size,
            layer.reason if past is None else past.cause(closure, priced, i),
            dearer(priced, before, i),
        )
        for i, layer in enumerate(priced.plan.layers)
        if (size := priced.push_of(i))
    ]
    return tuple(sorted(rows, key=lambda row: (-row.size, row.layer)))


def heads(order: Order, *, sized: bool) -> Line:
    """Return the heads of the figures; a click on one sorts by it, and the one that holds is bright."""

    def head(text: str, of: Order) -> Span:
        here = of is order
        return Span(text, "text" if here else "faint", bold=here, action=f"screen.order('push', '{of}')")

    size = "Push" if sized else "Paths"
    by_size = f"{size}▼" if order is Order.BYTES else size
    return (head(" #  ", Order.LAYER), head(f"{by_size:>8}", Order.BYTES))


def summary(priced: PricedPlan, rows: Sequence[Sent], cells: int) -> Line:
    """Return what is sent, and what is kept where there is room for it."""
    layers = len(priced.plan.layers)
    kept = priced.plan.nar_size - sum(row.size for row in rows)
    if not priced.plan.sized:
        return (Span(counted(len(rows), "layer")), Span("   sizes are unknown", "dim"))
    line = [
        Span(prose(priced.push_bytes), "bright", bold=True),
        Span(f" in {counted(len(rows), 'layer')}"),
    ]
    if priced.cost is not None and layers > len(rows):
        rest = Span(f"   {prose(max(kept, 0))} in {layers - len(rows)} kept", "dim")
        line += [rest] if width(line) + len(rest.text) <= cells else []
    return tuple(line)


def row(one: Sent, ground: str, most: int, cells: int, *, sized: bool = True) -> Line:
    """Return the row of a layer: its number, its bytes as a number and as a bar, and why it is pushed.

    Args:
        one: the layer.
        ground: the role of its colour.
        most: bytes of the largest one.
        cells: the width.
        sized: whether sizes are known; where they are not, store paths are counted.
    """
    mark = Span("▲" if one.dearer else " ", "pay", bold=True)
    line = [Span("▌", ground), Span(f"{one.layer + 1:<4}"), mark, Span(" ")]
    line += size_cells(one.size, pays=True, sized=sized)
    bar = _BAR if cells >= _WIDE else _SHORT
    length = max(round(bar * one.size / most), 1) if most else 0
    line += [Span("  "), Span("━" * length, "pay"), Span(" " * (bar - length + 2))]
    room = max(cells - width(line) - 1, 0)
    line.append(Span(cut(visible(one.cause), room), "pay" if one.dearer else "text"))
    return tuple(line)
