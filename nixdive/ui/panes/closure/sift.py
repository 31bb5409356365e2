"""What a filter leaves of the tree: the matches, and the chains of references that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.ui.panes.closure.tree import Row

if TYPE_CHECKING:
    from collections.abc import Collection

    from nixdive.closure.closure import Closure
    from nixdive.ui.panes.closure.order import Ranks


def nearest(closure: Closure, ranks: Ranks) -> tuple[int, ...]:
    """Return for each path the one before it on a shortest chain from a root, of several the first in order.

    It is -1 for roots, and -2 for paths that no root needs.
    """
    before = [-2] * len(closure)
    level = ranks.sorted(closure.roots)
    for root in level:
        before[root] = -1
    while level:
        deeper = []
        for path in level:
            for below in closure.references[path]:
                if before[below] == -2:
                    before[below] = path
                    deeper.append(below)
        level = ranks.sorted(deeper)
    return tuple(before)


def sifted(
    before: tuple[int, ...], ranks: Ranks, matches: Collection[int], folded: Collection[int] = ()
) -> tuple[Row, ...]:
    """Return the rows of the matches and of what leads to them, each path once.

    Args:
        before: what comes before each path, as `nearest` tells.
        ranks: what siblings are sorted by.
        matches: the paths that are looked for.
        folded: those of the rows below which nothing is shown.
    """
    below: dict[int, list[int]] = {}
    kept: set[int] = set()
    for match in matches:
        path = match
        while path not in kept:
            kept.add(path)
            parent = max(before[path], -1)
            below.setdefault(parent, []).append(path)
            if parent < 0:
                break
            path = parent
    rows: list[Row] = []
    top = ranks.sorted(below.get(-1, ()))
    stack = [(top[i], 0, int(i < len(top) - 1), -1) for i in range(len(top) - 1, -1, -1)]
    while stack:
        path, depth, guides, parent = stack.pop()
        children = below.get(path, ())
        shown = bool(children) and path not in folded
        here = len(rows)
        rows.append(Row(path, depth, guides, parent, first=True, opened=shown, leaf=not children))
        if shown:
            ordered = ranks.sorted(children)
            last = len(ordered) - 1
            stack += [
                (ordered[i], depth + 1, guides | (i < last) << depth + 1, here) for i in range(last, -1, -1)
            ]
    return tuple(rows)


def listed(ranks: Ranks, matches: Collection[int]) -> tuple[Row, ...]:
    """Return the matches alone, as a list."""
    return tuple(Row(path, -1, 0, -1, first=True, opened=False) for path in ranks.sorted(matches))
