"""What a filter has found in the closure, as rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from nixdive.ui.panes.closure.sift import listed, nearest, sifted

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.ui.panes.closure.order import Ranks
    from nixdive.ui.panes.closure.query import Query
    from nixdive.ui.panes.closure.tree import Row
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
