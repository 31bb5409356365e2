"""What the next push sends, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Self

from nixdive.layering.versions import layer_before
from nixdive.sizes import prose
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.line import Line, Span, cut, width
from nixdive.ui.naming import dearer
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Layer
    from nixdive.store.path import StorePath
    from nixdive.workspace.baseline import Baseline
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


@dataclass(frozen=True, slots=True)
class Before:
    """What the baseline tells of causes, worked out once.

    Attributes:
        baseline: the earlier version.
        home: for each of its store paths the layer.
    """

    baseline: Baseline
    home: Mapping[StorePath, int]

    @classmethod
    def of(cls, baseline: Baseline) -> Self:
        """Return it for a baseline."""
        return cls(baseline, baseline.plan.layer_of())


def sent(
    closure: Closure, priced: PricedPlan, before: PricedPlan | None, past: Before | None
) -> tuple[Sent, ...]:
    """Return the layers that the next push sends, the largest first.

    Args:
        closure: the closure.
        priced: the plan.
        before: the plan before the last edit, or None.
        past: the baseline, or None.
    """
    rows = [
        Sent(i, size, _cause(closure, priced, i, past), dearer(priced, before, i))
        for i in range(len(priced.plan.layers))
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


def _cause(closure: Closure, priced: PricedPlan, index: int, past: Before | None) -> str:
    layer = priced.plan.layers[index]
    if priced.cost is None or past is None or not layer.paths:
        return layer.reason
    if priced.layer_marks[index] == "+" and layer.pin is not None:
        return f"pin {layer.pin}: new layer"
    sizes = {path: closure.nar_sizes[closure.index[path]] for path in layer.paths}
    changed = [path for path in layer.paths if priced.path_marks.get(path, "=") != "="]
    if not changed:
        return f"pin {layer.pin}: new layer" if layer.pin is not None else _moves(priced, layer, past, sizes)
    largest = max(changed, key=lambda path: (sizes[path], path))
    was = priced.pricer.origins.get(largest)
    verb = "is new" if was is None else "rebuilt" if was.version == largest.version else "updated"
    more = f" +{len(changed) - 1}" if len(changed) > 1 else ""
    return f"{largest.package} {verb}{more}"


def _moves(priced: PricedPlan, layer: Layer, past: Before, sizes: Mapping[StorePath, int]) -> str:
    """Return what came to a layer or left it, where all of its paths are as they were."""
    nearest = layer_before(layer.paths, priced.pricer.origins, past.home)
    if nearest is None:
        return "new layer"
    was = past.baseline.plan.layers[nearest[0]].paths
    came = [path for path in layer.paths if path not in was]
    if came:
        largest = max(came, key=lambda path: (sizes[path], path))
        return f"{largest.package} was moved in" + (f" +{len(came) - 1}" if len(came) > 1 else "")
    went = [path for path in was if path not in layer.paths]
    if not went:
        return "in a different order"
    if len(went) > len(layer.paths):
        return f"split off from {counted(len(went), 'path')}"
    largest = max(went, key=lambda path: (past.baseline.sizes.get(path, 0), path))
    return f"{largest.package} was moved out" + (f" +{len(went) - 1}" if len(went) > 1 else "")
