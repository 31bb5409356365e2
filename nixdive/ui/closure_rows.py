"""The rows of the closure pane: pure functions from a row of the tree to a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.ui.branch import branch
from nixdive.ui.chance import layer_ground
from nixdive.ui.figures import size_cells
from nixdive.ui.layer_rows import MARK_ROLES, decided
from nixdive.ui.line import Line, Span, fit, width
from nixdive.ui.naming import path_label
from nixdive.ui.tree import Order

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.ui.standing import Standing
    from nixdive.ui.tree import Row

_NAME_ROLES = {"~": "mod", "+": "save"}
_LEAST_NAME = 10
_END = 6


@dataclass(frozen=True, slots=True)
class Scene:
    """What rows are drawn of.

    Attributes:
        closure: the closure.
        standing: the plan and its figures.
        alike: for each path whether another one has its name.
        hashes: whether every name bears its hash.
    """

    closure: Closure
    standing: Standing
    alike: dict[int, bool]
    hashes: bool


def heads(cells: int, order: Order, *, against: bool) -> Line:
    """Return the heads of the columns; the one that rows are sorted by is bright."""

    def head(text: str, of: Order, room: int) -> Span:
        chosen = of is order
        text = f"{text}▼" if chosen else text
        return Span(f"{text:>{room}}", "text" if chosen else "faint", bold=chosen)

    line: list[Span] = []
    if _full(cells):
        line += [head("NAR", Order.NAR, 6), head("Closure", Order.CLOSURE, 8)]
        line += [head("Added", Order.ADDED, 8), Span("  Layer ", "faint")]
    else:
        line += [head("Added", Order.ADDED, 7), Span(" Lyr   ", "faint")]
    line.append(Span("Δ " if against else "", "faint"))
    chosen = order is Order.NAME
    line.append(Span("Store path" + ("▼" if chosen else ""), "text" if chosen else "faint", bold=chosen))
    end = Span("used by ", "faint")
    return (*fit(tuple(line), cells - len(end.text)), end)


def row(scene: Scene, entry: Row, cells: int, *, chosen: bool) -> Line:
    """Return the row of a store path."""
    closure, standing = scene.closure, scene.standing
    path = closure.paths[entry.path]
    line: list[Span] = [Span(" ")]
    line += size_cells(closure.nar_sizes[entry.path]) if _full(cells) else ()
    line += [Span("   ")] if _full(cells) else []
    line += size_cells(closure.measures.closure_sizes[entry.path]) if _full(cells) else ()
    line += [Span("   ")] if _full(cells) else []
    line += size_cells(closure.measures.added_sizes[entry.path])
    line += _layer(standing, standing.layer_of.get(path), wide=_full(cells))
    mark = standing.path_marks.get(path, "")
    if mark:
        line.append(Span("  " if mark == "=" else f"{mark} ", MARK_ROLES[mark], bold=True))
    used = len(closure.referrers[entry.path])
    end = Span(f" ↑{used} " if used > 1 else " ", "dim")
    room = cells - width(line) - len(end.text)
    guides = _branch(
        entry, leaf=not closure.references[entry.path], cells=cells - width(line) - _END - _LEAST_NAME
    )
    role = "faint" if not entry.first else "bright" if chosen else _NAME_ROLES.get(mark, "text")
    hashes = scene.hashes or scene.alike[entry.path]
    label = path_label(path, room - width(guides), role, hashes=hashes, bold=chosen)
    return (*fit((*line, *guides, *label), cells - len(end.text)), end)


def _layer(standing: Standing, index: int | None, *, wide: bool) -> Line:
    gap = Span("  " if wide else " ")
    if index is None:
        return (gap, Span(" out    ", "faint"))
    layer = standing.plan.layers[index]
    pin = Span(f"{decided(layer)} ", "pin")
    return (gap, Span("▌", layer_ground(layer)), Span(f"{index + 1:<3} " if wide else f"{index + 1:<3}"), pin)


def _branch(entry: Row, *, leaf: bool, cells: int) -> Line:
    if entry.depth < 0:
        return ()
    sign = "▼" if entry.opened else "─" if leaf or not entry.first else "▶"
    return branch(entry.depth, entry.guides, sign, cells)


def _full(cells: int) -> bool:
    return cells >= 56
