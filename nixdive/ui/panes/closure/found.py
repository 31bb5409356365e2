"""What a filter has found in the closure, as rows: the matches, and the chains that lead there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from nixdive.ui.panes.closure.tree import Row

if TYPE_CHECKING:
    from collections.abc import Collection

    from nixdive.closure.closure import Closure
    from nixdive.ui.panes.closure.query import Query
    from nixdive.ui.panes.closure.tree import Ranks
    from nixdive.workspace.priced_plan import PricedPlan


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The rows of a filter.

    Attributes:
        query: what was asked for.
        words: what it is called above the rows.
        matches: the paths that were found.
        flat: whether they are listed alone, without what leads to them.
        folded: the paths below which nothing is shown.
        ranks: what siblings are sorted by.
        before: what comes before each path on a shortest chain.
        rows: the rows.
    """

    query: Query
    words: str
    matches: frozenset[int]
    flat: bool
    folded: frozenset[int]
    ranks: Ranks
    before: tuple[int, ...]
    rows: tuple[Row, ...]

    @classmethod
    def of(
        cls, closure: Closure, priced: PricedPlan, query: Query, ranks: Ranks, *, words: str = "", flat: bool
    ) -> Self:
        """Look for what a filter asks for.

        Args:
            closure: where to look.
            priced: the plan, which tells layers and marks.
            query: what to look for.
            ranks: what rows are sorted by.
            words: what to call it; by itself it is called as it was typed.
            flat: whether only matches are listed.
        """
        called = words or (f"/{query.text}/" if query.names else query.text)
        matches = query.found(closure, priced)
        before = nearest(closure, ranks)
        return cls(query, called, matches, flat, frozenset(), ranks, before, ()).laid_out()

    def again(self, closure: Closure, priced: PricedPlan) -> Self:
        """Return what the same filter finds under another plan."""
        return replace(self, matches=self.query.found(closure, priced)).laid_out()

    def sorted_by(self, closure: Closure, ranks: Ranks) -> Self:
        """Return the same in another order."""
        return replace(self, ranks=ranks, before=nearest(closure, ranks)).laid_out()

    def turned(self) -> Self:
        """Return the list as a tree, or the tree as a list."""
        return replace(self, flat=not self.flat, folded=frozenset()).laid_out()

    def toggled(self, row: int) -> Self:
        """Return it with what is below a row shown or hidden."""
        return self if self.rows[row].leaf else self._folding(self.folded ^ {self.rows[row].path})

    def all_folded(self) -> Self:
        """Return it with the top alone open."""
        return self._folding(
            frozenset(row.path for row in self.unfolded().rows if row.depth and not row.leaf)
        )

    def unfolded(self) -> Self:
        """Return it with everything shown."""
        return self._folding(frozenset())

    def next(self, path: int | None, direction: int) -> int | None:
        """Return the match after or before a path, round and round; None where nothing was found."""
        rows = self.unfolded().rows if self.folded else self.rows
        here = next((i for i, row in enumerate(rows) if row.path == path), -1 if direction > 0 else len(rows))
        ways = range(1, len(rows) + 1)
        return next(
            (
                rows[(here + direction * step) % len(rows)].path
                for step in ways
                if rows[(here + direction * step) % len(rows)].path in self.matches
            ),
            None,
        )

    def _folding(self, folded: frozenset[int]) -> Self:
        return replace(self, folded=folded).laid_out()

    def laid_out(self) -> Self:
        """Return it with its rows."""
        if self.flat:
            return replace(self, rows=listed(self.ranks, self.matches))
        return replace(self, rows=sifted(self.before, self.ranks, self.matches, self.folded))


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
