"""The closure pane: the tree of store paths, what a filter leaves of it, or what refers to a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container

from nixdive.ui.draw.branches import folding
from nixdive.ui.draw.line import BLANK, Line, Span
from nixdive.ui.listing import Listing
from nixdive.ui.naming import ambiguous
from nixdive.ui.panes.closure.filter import EXAMPLES, Found, Query
from nixdive.ui.panes.closure.rows import Scene, found_heads, heads, row, users_heads
from nixdive.ui.panes.closure.tree import Order, Row, Tree
from nixdive.ui.panes.pane import LayerWanted, PathChosen, View, header
from nixdive.ui.verbs import PANES, bindings

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType


class ClosurePane(Container):
    """Store paths with their sizes, layers and references.

    Attributes:
        listing: the rows.
        branches: the tree, downward or upward.
        found: what a filter has found, or None where the tree is shown.
        hashes: whether every name bears its hash.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANES["closure"])]
    filter_hint = EXAMPLES

    def __init__(self, view: View, **options: Any) -> None:
        super().__init__(**options)
        self.listing = Listing(self)
        self.branches = Tree.of(view.closure)
        self.found: Found | None = None
        self.hashes = False
        self._view = view
        self._last: Found | None = None  # the filter that n and N go through, also after it was closed
        self._downward: Tree | None = None  # the tree as it was before that of the referrers
        self._alike = ambiguous(view.closure)

    def compose(self) -> ComposeResult:
        """Show the list."""
        yield self.listing

    def show(self, view: View) -> None:
        """Show another plan; what depends on it is filtered again."""
        self._view = view
        if self.found is not None and self.found.query.of_plan:
            path = self.selected
            self.found = self.found.again(view.closure, view.priced)
            self.settle(path)
        self.listing.refresh()

    def turn_to(self, path: int | None) -> None:
        """Stay: the closure has a cursor of its own."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that are shown."""
        return self.found.rows if self.found is not None else self.branches.rows

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.rows)

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on."""
        return self.rows[self.listing.cursor].path if self.count else None

    def cursor_moved(self) -> None:
        """Tell which store path the cursor is on."""
        if (path := self.selected) is not None:
            self.post_message(PathChosen(path))

    @property
    def order(self) -> Order:
        """What rows are sorted by."""
        return self.branches.order

    @property
    def order_name(self) -> str:
        """What rows are sorted by, for the next time."""
        return self.order.value

    def order_by(self, name: str) -> None:
        """Sort the rows by a column."""
        if name in tuple(Order) and name != self.order:
            path = self.selected
            self.branches = self.branches.sorted_by(Order(name))
            if self.found is not None:
                self.found = self.found.sorted_by(self.branches.closure, self.branches.ranks)
            self.settle(path)

    def sort(self) -> None:
        """Sort by the next column."""
        self.order_by(self.order.next())

    def header(self, width: int) -> Line:
        """Return the header with the titles of all tabs."""
        return header("closure", width, focused=self.listing.has_focus)

    def heads(self, width: int) -> Line:
        """Return the heads of the columns, or what the rows are of."""
        closure, clears = self._view.closure, self._view.keys.first("whole")
        if self.found is not None:
            return found_heads(self.found.words, len(self.found.matches), len(closure), clears)
        if self.branches.upward:
            return users_heads(closure, self.branches.top[0], width, clears)
        against = self._view.priced.cost is not None
        return heads(width, self.order, against=against, sized=self._view.closure.sized)

    def row(self, index: int, width: int) -> Line:
        """Return the row of a store path."""
        scene = Scene(self._view.closure, self._view.priced, self._alike, self.hashes)
        if self.found is not None:
            scene = scene.of(self.found.query, self.found.matches)
        line = row(scene, self.rows[index], width, chosen=index == self.listing.cursor)
        return folding(line, f"screen.fold('closure', {index})")

    def when_empty(self) -> list[Line]:
        """Return what stands there when nothing is found, or when the image holds no store path at all."""
        keys = self._view.keys
        if len(self._view.closure):
            words = f"no path matches {self.found.words}  " if self.found else ""
            clears = f"{keys.first('whole')} clears" if words else ""
            return [(Span(words, "faint"), Span(clears, "faint", action="screen.do('whole')"))]
        ways = (
            ("tab.contents", "shows the files of its layers"),
            ("pane.layers", "goes to the layers"),
        )
        lines: list[Line] = [(Span("This image has no store paths."),), BLANK]
        for verb, words in ways:
            do = f"screen.do('{verb}')"
            lines.append(
                (Span(f"{keys.first(verb)}  ", "accent", bold=True, action=do), Span(words, action=do))
            )
        return lines

    @property
    def picking(self) -> bool:
        """Whether a filter is shown instead of the tree."""
        return self.found is not None

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter."""
        if self.found is None:
            return ""
        query = self.found.query
        unknown = (
            "sizes are unknown: the input gives none"
            if query.of_sizes and not self._view.closure.sized
            else ""
        )
        return ", ".join(filter(None, (query.problem, unknown)))

    def filter(self, text: str) -> None:
        """Show what a text finds, with the chains that lead there."""
        self.pick(Query.parse(text), flat=False)

    def pick(self, query: Query, *, words: str = "", flat: bool) -> None:
        """Show what a query finds, as a tree or as a list; `words` is what to call it.

        The cursor stays on its path where that is found, else it goes to the first match.
        """
        if self.branches.upward:
            self._turn_down()
        here, ranks = self.selected, self.branches.ranks
        self.found = self._last = Found.of(
            self._view.closure, self._view.priced, query, ranks, words=words, flat=flat
        )
        self.settle(here if here in self.found.matches else self.found.next(None, 1))

    def reveal(self, path: int) -> None:
        """Go to the first sight of a path in the tree."""
        self._turn_down()
        self.found = None
        self.branches = self.branches.revealed(path)
        self.settle(path)

    def show_users(self, path: int) -> None:
        """Show what refers to a path, and what refers to that."""
        if not self.branches.upward:
            self._downward = self.branches
        self.found = None
        self.branches = Tree.above(self._view.closure, path, self.order)
        self.settle(path)

    def whole(self) -> None:
        """Show the tree again, the cursor on the same path."""
        if (self.picking or self.branches.upward) and (path := self.selected) is not None:
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

    def settle(self, path: int | None) -> None:
        """Put the cursor on the first sight of a path, and draw."""
        self.listing.settle(
            next((i for i, entry in enumerate(self.rows) if entry.path == path and entry.first), 0)
        )

    def action_fold(self) -> None:
        """Show or hide what is below a path."""
        if not self.count:
            return
        path, here = self.selected, self.listing.cursor
        if self.found is not None:
            self.found = self.found.toggled(here)
        elif self.rows[here].first:
            self.branches = self.branches.toggled(here)
        else:
            return
        self.settle(path)

    def action_open(self) -> None:
        """Show the children of a path, or go to the first one."""
        if self.count and self.rows[self.listing.cursor].opened:
            self.listing.cursor += 1
        else:
            self.action_fold()

    def action_close(self) -> None:
        """Hide the children of a path, or go to its parent."""
        if not self.count:
            return
        here = self.rows[self.listing.cursor]
        if here.opened:
            self.action_fold()
        elif here.parent >= 0:
            self.listing.cursor = here.parent

    def action_fold_all(self) -> None:
        """Hide all but what is below the top."""
        self._regrow(Tree.folded, Found.all_folded)

    def action_deeper(self) -> None:
        """Show one level more."""
        self._regrow(Tree.deeper, Found.unfolded)

    def action_unfold_all(self) -> None:
        """Show everything."""
        self._regrow(Tree.unfolded, Found.unfolded)

    def action_sight(self) -> None:
        """Go to the next row of the same path, round and round."""
        path, here = self.selected, self.listing.cursor
        sights = [i for i, entry in enumerate(self.rows) if entry.path == path]
        if len(sights) > 1:
            self.listing.cursor = next((i for i in sights if i > here), sights[0])
        elif path is not None:
            key = self._view.keys.first("referrers")
            more = f"   {key} shows what refers to it" if key else ""
            self.notify(f"It appears nowhere else in the open tree{more}", timeout=5, markup=False)

    def action_turn(self) -> None:
        """Show what a filter finds as a list, or with the chains that lead there."""
        if self.found is not None:
            path = self.selected
            self.found = self.found.turned()
            self.settle(path)

    def action_hashes(self) -> None:
        """Show or hide the hashes of all names."""
        self.hashes = not self.hashes
        self.listing.refresh()

    def action_go(self) -> None:
        """Go from a link to the first sight of its path, from a referrer to its place, else to the layer."""
        if not self.count:
            return
        entry = self.rows[self.listing.cursor]
        if self.branches.upward:
            self.reveal(entry.path)
        elif not entry.first:
            self.settle(entry.path)
        elif (layer := self._view.priced.layer_of.get(self._view.closure.paths[entry.path])) is not None:
            self.post_message(LayerWanted(layer))

    def _turn_down(self) -> None:
        if self._downward is not None:
            order = self.order
            tree, self._downward = self._downward, None
            self.branches = tree if tree.order is order else tree.sorted_by(order)

    def _regrow(self, tree: Callable[[Tree], Tree], found: Callable[[Found], Found]) -> None:
        """Show more or less of the tree, or of what a filter has found; the cursor stays on its path."""
        path = self.selected
        if self.found is not None:
            self.found = found(self.found)
        else:
            self.branches = tree(self.branches)
        self.settle(path)
