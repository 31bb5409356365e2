"""The closure pane: the tree of store paths, or a list of those that a filter or a layer picks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from nixdive.ui.closure_rows import Scene, heads, row
from nixdive.ui.line import BLANK, Line, Span
from nixdive.ui.messages import LayerWanted, PathChosen
from nixdive.ui.naming import ambiguous
from nixdive.ui.tree import Order, Row, Tree
from nixdive.ui.widgets.tab import Tab

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.ui.desk import Desk


class ClosureTree(Tab):
    """Store paths with their sizes, layers and references."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "Its layer", id="tree.go"),
        Binding("right,l", "open", "Open", show=False, id="tree.open"),
        Binding("left,h", "close", "Close", show=False, id="tree.close"),
        Binding("space", "fold", "Fold", show=False, id="tree.toggle"),
        Binding("C", "fold_all", "Fold all", show=False, id="tree.fold-all"),
        Binding("s", "sort", "Sort", id="tree.sort"),
        Binding("H", "hashes", "Hashes", show=False, id="tree.hashes"),
    ]

    branches: reactive[Tree | None] = reactive(None)
    hashes: reactive[bool] = reactive(default=False)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._picked: tuple[Row, ...] | None = None
        self._picked_as = ""
        self._alike: dict[int, bool] = {}

    def open(self, desk: Desk) -> None:
        """Show the closure."""
        closure = desk.subject.closure
        alike = ambiguous(closure.paths)
        self._alike = {i: alike[path] for i, path in enumerate(closure.paths)}
        self.branches = Tree.of(closure)
        self.cursor_moved()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that are shown."""
        if self._picked is not None:
            return self._picked
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
        """Whether a list is shown instead of the tree."""
        return self._picked is not None

    def heads(self, width: int) -> Line:
        """Return the heads of the columns, or what a list is of."""
        if self.branches is None or self.standing is None:
            return BLANK
        if self._picked is not None:
            return (Span(" "), Span(self._picked_as, "text"), Span("   esc", "accent"), Span(" all", "dim"))
        return heads(width, self.branches.order, against=self.standing.cost is not None)

    def row(self, index: int, width: int) -> Line:
        """Return the row of a store path."""
        assert self.branches is not None
        assert self.standing is not None
        scene = Scene(self.branches.closure, self.standing, self._alike, self.hashes)
        return row(scene, self.rows[index], width, chosen=index == self.cursor)

    def when_empty(self) -> Line:
        """Return what stands there when nothing is found."""
        return (Span(f"no path: {self._picked_as}" if self.picking else "", "faint"),)

    def cursor_moved(self) -> None:
        """Tell which store path the cursor is on."""
        if (path := self.selected) is not None:
            self.post_message(PathChosen(path))

    def filter(self, text: str) -> None:
        """Show the paths whose name has a match of a regular expression; of a plain text where it is none."""
        assert self.branches is not None
        try:
            found = re.compile(text, re.IGNORECASE)
        except re.error:
            found = re.compile(re.escape(text), re.IGNORECASE)
        closure = self.branches.closure
        self.pick(
            (i for i, path in enumerate(closure.paths) if found.search(path.base)), f"/{text}/", keep=True
        )

    def pick(self, paths: Iterable[int], words: str, *, keep: bool = False) -> None:
        """Show a list of some store paths, in the order of the tree's siblings.

        Args:
            paths: their indices.
            words: what they have in common.
            keep: whether the cursor stays on its path where that is in the list.
        """
        assert self.branches is not None
        closure = self.branches.closure
        here = self.selected
        key = self.branches.order.key(closure)
        self._picked = tuple(
            Row(path, -1, 0, -1, first=True, opened=False) for path in sorted(paths, key=key)
        )
        self._picked_as = f"{words}   {len(self._picked)} of {len(closure)} paths"
        self._settle(here if keep else None)

    def reveal(self, path: int) -> None:
        """Go to the first sight of a path in the tree."""
        assert self.branches is not None
        self._picked = None
        self.branches = self.branches.revealed(path)
        self._settle(path)

    def whole(self) -> None:
        """Show the tree again, the cursor on the same path."""
        if self.picking and (path := self.selected) is not None:
            self.reveal(path)
        elif self.picking:
            self._picked = None
            self._settle(None)

    def action_fold(self) -> None:
        """Show or hide the children of a path."""
        if self.branches is not None and self.count and not self.picking:
            path = self.selected
            self.branches = self.branches.toggled(self.cursor)
            self._settle(path)

    def action_open(self) -> None:
        """Show the children of a path, or go to the first one."""
        if not self.count or self.picking:
            return
        if self.rows[self.cursor].opened:
            self.cursor += 1
        else:
            self.action_fold()

    def action_close(self) -> None:
        """Hide the children of a path, or go to its parent."""
        if not self.count or self.picking:
            return
        here = self.rows[self.cursor]
        if here.opened:
            self.action_fold()
        elif here.parent >= 0:
            self.cursor = here.parent

    def action_fold_all(self) -> None:
        """Hide all children but those of the roots."""
        if self.branches is not None and not self.picking:
            self.branches = self.branches.folded()
            self._settle(None)

    @property
    def order_name(self) -> str:
        """What the rows are sorted by."""
        return self.branches.order.value if self.branches is not None else ""

    def order_by(self, name: str) -> None:
        """Sort the rows by a column."""
        if name in {order.value for order in Order}:
            self._sort(Order(name))

    def action_sort(self) -> None:
        """Sort by the next column."""
        if self.branches is not None:
            self._sort(self.branches.order.next())

    def _sort(self, order: Order) -> None:
        if self.branches is None:
            return
        path = self.selected
        self.branches = self.branches.sorted_by(order)
        if self._picked is not None:
            key = self.branches.order.key(self.branches.closure)
            self._picked = tuple(sorted(self._picked, key=lambda entry: key(entry.path)))
        self._settle(path)

    def action_hashes(self) -> None:
        """Show or hide the hashes of all names."""
        self.hashes = not self.hashes

    def action_go(self) -> None:
        """Go from a link to the first sight of its path, else to the layer of the path."""
        if self.branches is None or self.standing is None or not self.count:
            return
        entry = self.rows[self.cursor]
        if not entry.first:
            self._settle(entry.path)
        elif (layer := self.standing.layer_of.get(self.branches.closure.paths[entry.path])) is not None:
            self.post_message(LayerWanted(layer))

    def _settle(self, path: int | None) -> None:
        """Put the cursor on the first sight of a path, and draw."""
        place = next((i for i, entry in enumerate(self.rows) if entry.path == path and entry.first), 0)
        if place == self.cursor:
            self.refresh()
            self.cursor_moved()
        else:
            self.cursor = place
