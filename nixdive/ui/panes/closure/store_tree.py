"""What the closure pane shows: the tree, what a filter leaves of it, or what refers to one of its paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.reactive import reactive

from nixdive.ui.draw.line import BLANK, Line, Span
from nixdive.ui.naming import ambiguous
from nixdive.ui.panes.closure.found import Found
from nixdive.ui.panes.closure.order import Order
from nixdive.ui.panes.closure.query import EXAMPLES, Query
from nixdive.ui.panes.closure.rows import Scene, found_heads, heads, row, users_heads
from nixdive.ui.panes.closure.tree import Row, Tree
from nixdive.ui.panes.messages import PathChosen
from nixdive.ui.panes.tab import Tab

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.workspace.workspace import Workspace


class StoreTree(Tab):
    """Store paths with their sizes, layers and references; a subclass has the keys."""

    filters: ClassVar[bool] = True
    filter_hint: ClassVar[str] = EXAMPLES

    branches: reactive[Tree | None] = reactive(None)
    hashes: reactive[bool] = reactive(default=False)
    found: reactive[Found | None] = reactive(None)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._last: Found | None = None  # the filter that n and N go through, also after it was closed
        self._downward: Tree | None = None  # the tree as it was before that of the referrers
        self._alike: dict[int, bool] = {}

    def open(self, workspace: Workspace) -> None:
        """Show the closure."""
        closure = workspace.subject.closure
        alike = ambiguous(closure.paths)
        self._alike = {i: alike[path] for i, path in enumerate(closure.paths)}
        self.branches = Tree.of(closure)
        self.cursor_moved()

    @property
    def order(self) -> Order:
        """What rows are sorted by."""
        return self.branches.order if self.branches else Order.ADDED

    @order.setter
    def order(self, order: Order) -> None:
        if self.branches is not None and order is not self.order:
            path = self.selected
            self.branches = self.branches.sorted_by(order)
            if self.found is not None:
                self.found = self.found.sorted_by(self.branches.closure, self.branches.ranks)
            self.settle(path)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that are shown."""
        if self.found is not None:
            return self.found.rows
        return self.branches.rows if self.branches else ()

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.rows)

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on."""
        return self.rows[self.cursor].path if self.count else None

    @property
    def picking(self) -> bool:
        """Whether a filter is shown instead of the tree."""
        return self.found is not None

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter."""
        return self.found.query.problem if self.found else ""

    def heads(self, width: int) -> Line:
        """Return the heads of the columns, or what the rows are of."""
        if self.branches is None or self.priced is None:
            return BLANK
        closure = self.branches.closure
        if self.found is not None:
            return found_heads(self.found.words, len(self.found.matches), len(closure))
        if self.branches.upward:
            return users_heads(closure, self.branches.top[0], width)
        return heads(width, self.order, against=self.priced.cost is not None)

    def row(self, index: int, width: int) -> Line:
        """Return the row of a store path."""
        assert self.branches is not None
        assert self.priced is not None
        scene = Scene(self.branches.closure, self.priced, self._alike, self.hashes)
        if self.found is not None:
            scene = scene.of(self.found.query, self.found.matches)
        return row(scene, self.rows[index], width, chosen=index == self.cursor)

    def when_empty(self) -> Line:
        """Return what stands there when nothing is found."""
        words = f"no path matches {self.found.words}  " if self.found else ""
        return (Span(words, "faint"), Span("esc clears" if words else "", "faint", action="screen.whole"))

    def lines_when_empty(self) -> list[Line]:
        """Return what stands there when nothing is found, or when the image holds no store path at all."""
        if self.branches is None or len(self.branches.closure):
            return [self.when_empty()]
        files = self._way("c", "tab('contents')", "shows the files of its layers")
        layers = self._way("1", "go('layers')", "gives the keys to the layers")
        return [(Span("This image holds no store paths."),), BLANK, files, layers]

    def _way(self, key: str, action: str, words: str) -> Line:
        action = f"screen.{action}"
        return (Span(f"{key}  ", "accent", bold=True, action=action), Span(words, "text", action=action))

    def cursor_moved(self) -> None:
        """Tell which store path the cursor is on."""
        if (path := self.selected) is not None:
            self.post_message(PathChosen(path))

    def watch_priced(self) -> None:
        """Filter again by what another plan tells."""
        if self.found is not None and self.branches and self.priced and self.found.query.of_plan:
            path = self.selected
            self.found = self.found.again(self.branches.closure, self.priced)
            self.settle(path)

    def filter(self, text: str) -> None:
        """Show what a text finds, with the chains that lead there."""
        self.pick(Query.parse(text), flat=False)

    def pick(self, query: Query, *, words: str = "", flat: bool) -> None:
        """Show what a query finds, as a tree or as a list; `words` is what to call it.

        The cursor stays on its path where that is found, else it goes to the first match.
        """
        assert self.branches is not None
        assert self.priced is not None
        if self.branches.upward:
            self._turn_down()
        ranks, closure = self.branches.ranks, self.branches.closure
        here = self.selected
        self.found = self._last = Found.of(closure, self.priced, query, ranks, words=words, flat=flat)
        self.settle(here if here in self.found.matches else self.found.next(None, 1))

    def reveal(self, path: int) -> None:
        """Go to the first sight of a path in the tree."""
        self._turn_down()
        assert self.branches is not None
        self.found = None
        self.branches = self.branches.revealed(path)
        self.settle(path)

    def show_users(self, path: int) -> None:
        """Show what refers to a path, and what refers to that."""
        if self.branches is not None:
            if not self.branches.upward:
                self._downward = self.branches
            self.found = None
            self.branches = Tree.above(self.branches.closure, path, self.order)
            self.settle(path)

    def whole(self) -> None:
        """Show the tree again, the cursor on the same path."""
        upward = self.branches is not None and self.branches.upward
        if (self.picking or upward) and (path := self.selected) is not None:
            self.reveal(path)
        elif self.picking:
            self.found = None
            self.settle(None)

    def next_match(self, direction: int) -> None:
        """Go to the next or the previous match, also of a filter that was closed."""
        found = self.found or self._last
        path = found.next(self.selected, direction) if found else None
        if path is None:
            return
        if self.found is None:
            self.reveal(path)
        else:
            self.found = self.found.unfolded() if self.found.folded else self.found
            self.settle(path)

    def _turn_down(self) -> None:
        if self._downward is not None:
            order = self.order
            self.branches = (
                self._downward if self._downward.order is order else self._downward.sorted_by(order)
            )
            self._downward = None

    def regrow(self, tree: Callable[[Tree], Tree], found: Callable[[Found], Found]) -> None:
        """Show more or less of the tree, or of what a filter has found; the cursor stays on its path."""
        path = self.selected
        if self.found is not None:
            self.found = found(self.found)
        elif self.branches is not None:
            self.branches = tree(self.branches)
        self.settle(path)

    def settle(self, path: int | None) -> None:
        """Put the cursor on the first sight of a path, and draw."""
        place = next((i for i, entry in enumerate(self.rows) if entry.path == path and entry.first), 0)
        if place == self.cursor:
            self.refresh()
            self.cursor_moved()
        else:
            self.cursor = place
