"""The rows of the closure pane: pure functions from a row of the tree to a line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.ui.draw.branches import branch
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.line import Line, Span, fit, key_words, plain, width
from nixdive.ui.naming import MARK_ROLES, decided, layer_ground, path_label
from nixdive.ui.panes.closure.tree import Order, Row
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.store.path import StorePath
    from nixdive.ui.panes.closure.filter import Query
    from nixdive.workspace.priced_plan import PricedPlan

_NAME_ROLES = {"~": "mod", "+": "save"}
_LEAST_NAME = 10
_END = 6


@dataclass(frozen=True, slots=True)
class Scene:
    """What rows are drawn of.

    Attributes:
        closure: the closure.
        priced: the plan and its figures; None while the first one is being made.
        alike: for each path whether another one has its name.
        hashes: whether every name bears its hash.
        query: what the rows are filtered by, or None.
        matches: the paths that it has found; the others lead to them.
    """

    closure: Closure
    priced: PricedPlan | None
    alike: Sequence[bool]
    hashes: bool
    query: Query | None = None
    matches: frozenset[int] = frozenset()

    def of(self, query: Query, matches: frozenset[int]) -> Scene:
        """Return the scene of what a filter has found."""
        return replace(self, query=query, matches=matches)


def heads(cells: int, order: Order, *, against: bool, sized: bool = True) -> Line:
    """Return the heads of the columns; a click on one sorts by it, and the one that holds is bright.

    Args:
        cells: the width.
        order: what rows are sorted by.
        against: whether there is a baseline.
        sized: whether sizes are known; where they are not, the columns count store paths.
    """

    def head(text: str, of: Order, room: int) -> Span:
        chosen = of is order
        text = f"{text}▼" if chosen else text
        action = f"screen.order('closure', '{of}')"
        return Span(f"{text:>{room}}", "text" if chosen else "faint", bold=chosen, action=action)

    line: list[Span] = []
    whole = "Closure" if sized else "Paths"
    if _full(cells):
        line += [head("NAR" if sized else "", Order.NAR, 6), head(whole, Order.CLOSURE, 8)]
        line += [head("Added", Order.ADDED, 8), Span("  Layer ", "faint")]
    else:
        line += [head("Added", Order.ADDED, 7), Span(" Lyr   ", "faint")]
    line.append(Span("Δ " if against else "", "faint"))
    line.append(head("Store path", Order.NAME, 0))
    end = Span("used by ", "faint")
    return (*fit(tuple(line), cells - len(end.text)), end)


def row(scene: Scene, entry: Row, cells: int, *, chosen: bool) -> Line:
    """Return the row of a store path."""
    closure, priced = scene.closure, scene.priced
    path = closure.paths[entry.path]
    line: list[Span] = [Span(" ")]
    sized = closure.sized
    if _full(cells):
        line += size_cells(closure.nar_sizes[entry.path]) if sized else (Span("     "),)
        line += [Span("   "), *_whole(scene, entry.path), Span("   ")]
    line += size_cells(closure.measures.added_sizes[entry.path], sized=sized)
    line += _layer(priced, path, wide=_full(cells))
    mark = priced.path_marks.get(path, "") if priced is not None else ""
    if mark:
        line.append(Span("  " if mark == "=" else f"{mark} ", MARK_ROLES[mark], bold=True))
    used = len(closure.referrers[entry.path])
    end = Span(f" ↑{used} " if used > 1 else " ", "dim")
    room = cells - width(line) - len(end.text)
    guides = _branch(entry, cells=cells - width(line) - _END - _LEAST_NAME)
    aside = scene.query is not None and entry.path not in scene.matches
    role = "faint" if not entry.first else "bright" if chosen else _NAME_ROLES.get(mark, "text")
    label = path_label(
        path,
        room - width(guides),
        "faint" if aside else role,
        hashes=scene.hashes,
        alike=scene.alike[entry.path],
        bold=chosen and not aside,
    )
    if aside:
        line = [span._replace(role="faint", bold=False) for span in line]
    elif scene.query is not None:
        label = marked(label, scene.query)
    return (*fit((*line, *guides, *label), cells - len(end.text)), end)


def found_heads(words: str, found: int, of: int, clears: str) -> Line:
    """Return what stands above the rows of a filter: its text, how many paths it has found, the way back."""
    return (
        Span(" "),
        Span(words, "bright", bold=True),
        Span(f"   {found} of {of} paths", "text"),
        *key_words(clears, "all", action="screen.do('whole')"),
    )


def users_heads(closure: Closure, path: int, cells: int, clears: str) -> Line:
    """Return what stands above the tree of what refers to a path."""
    used = Span(f"   {counted(len(closure.referrers[path]), 'path')}")
    end = (used, *key_words(clears, "back", action="screen.do('whole')"))
    start = (Span(" what refers to " if _full(cells) else " refers to ", "dim"),)
    room = cells - width(start) - width(end)
    return (*start, *path_label(closure.paths[path], room, "bright", bold=True), *end)


def marked(label: Line, query: Query) -> Line:
    """Return a label with the parts that a filter has found bright and bold."""
    places = query.spans(plain(label))
    if not places:
        return label
    line: list[Span] = []
    at = 0
    for span in label:
        end = at + len(span.text)
        here = at
        for first, last in places:
            start, stop = max(first, at), min(last, end)
            if start < stop:
                line.append(span._replace(text=span.text[here - at : start - at]))
                line.append(Span(span.text[start - at : stop - at], "bright", bold=True))
                here = stop
        line.append(span._replace(text=span.text[here - at :]))
        at = end
    return tuple(span for span in line if span.text)


def _whole(scene: Scene, path: int) -> Line:
    """Return the size of what a path needs; while the first plan is being made it may not be known yet."""
    measures = scene.closure.measures
    if scene.priced is None and not measures.reached:
        return (Span("    …", "faint"),)
    return size_cells(measures.closure_sizes[path], sized=scene.closure.sized)


def _layer(priced: PricedPlan | None, path: StorePath, *, wide: bool) -> Line:
    gap = Span("  " if wide else " ")
    if priced is None:
        return (gap, Span(" …      ", "faint"))
    index = priced.layer_of.get(path)
    if index is None:
        return (gap, Span(" out    ", "faint"))
    layer = priced.plan.layers[index]
    pin = Span(f"{decided(layer)} ", "pin")
    return (gap, Span("▌", layer_ground(layer)), Span(f"{index + 1:<3} " if wide else f"{index + 1:<3}"), pin)


def _branch(entry: Row, *, cells: int) -> Line:
    if entry.depth < 0:
        return ()
    sign = "▼" if entry.opened else "─" if entry.leaf or not entry.first else "▶"
    return branch(entry.depth, entry.guides, sign, cells)


def _full(cells: int) -> bool:
    return cells >= 56
