"""The closure pane: the tree of store paths, and the keys that fold, sort and walk it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from nixdive.ui.panes.closure.found import Found
from nixdive.ui.panes.closure.order import Order
from nixdive.ui.panes.closure.store_tree import StoreTree
from nixdive.ui.panes.closure.tree import Tree
from nixdive.ui.panes.messages import LayerWanted


class ClosureTree(StoreTree):
    """The store paths, and keys to go through them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "Go to the layer, or from a link to the first sight", id="tree.go"),
        Binding("right,l", "open", "Open", show=False, id="tree.open"),
        Binding("left,h", "close", "Close, or go to the parent", show=False, id="tree.close"),
        Binding("space", "fold", "Fold or unfold", show=False, id="tree.toggle"),
        Binding("C", "fold_all", "Fold all", show=False, id="tree.fold-all"),
        Binding("plus", "deeper", "Unfold one level more", show=False, id="tree.deeper"),
        Binding("asterisk", "unfold_all", "Unfold all", show=False, id="tree.unfold-all"),
        Binding("apostrophe", "sight", "Next sight of the same path", show=False, id="tree.sight"),
        Binding("t", "turn", "What a filter finds: tree or list", show=False, id="tree.flat"),
        Binding("H", "hashes", "Hashes", show=False, id="tree.hashes"),
    ]

    def action_fold(self) -> None:
        """Show or hide what is below a path."""
        if not self.count or self.branches is None:
            return
        path, here = self.selected, self.rows[self.cursor].first
        if self.found is not None:
            self.found = self.found.toggled(self.cursor)
        elif here:
            self.branches = self.branches.toggled(self.cursor)
        else:
            return
        self.settle(path)

    def action_open(self) -> None:
        """Show the children of a path, or go to the first one."""
        if self.count and self.rows[self.cursor].opened:
            self.cursor += 1
        else:
            self.action_fold()

    def action_close(self) -> None:
        """Hide the children of a path, or go to its parent."""
        if not self.count:
            return
        here = self.rows[self.cursor]
        if here.opened:
            self.action_fold()
        elif here.parent >= 0:
            self.cursor = here.parent

    def action_fold_all(self) -> None:
        """Hide all but what is below the top."""
        self.regrow(Tree.folded, Found.all_folded)

    def action_deeper(self) -> None:
        """Show one level more."""
        self.regrow(Tree.deeper, Found.unfolded)

    def action_unfold_all(self) -> None:
        """Show everything."""
        self.regrow(Tree.unfolded, Found.unfolded)

    def action_sight(self) -> None:
        """Go to the next row of the same path, round and round."""
        path, here = self.selected, self.cursor
        sights = [i for i, entry in enumerate(self.rows) if entry.path == path]
        if len(sights) > 1:
            self.cursor = next((i for i in sights if i > here), sights[0])
        elif path is not None:
            self.notify("No other sight of it is open   o shows what refers to it", timeout=5, markup=False)

    def action_turn(self) -> None:
        """Show what a filter finds as a list, or with the chains that lead there."""
        if self.found is not None:
            path = self.selected
            self.found = self.found.turned()
            self.settle(path)

    @property
    def order_name(self) -> str:
        """What the rows are sorted by."""
        return self.order.value

    def order_by(self, name: str) -> None:
        """Sort the rows by a column."""
        if name in {order.value for order in Order}:
            self.order = Order(name)

    def sort(self) -> None:
        """Sort by the next column."""
        self.order = self.order.next()

    def action_hashes(self) -> None:
        """Show or hide the hashes of all names."""
        self.hashes = not self.hashes

    def action_go(self) -> None:
        """Go from a link to the first sight of its path, from a referrer to its place, else to the layer."""
        if self.branches is None or self.priced is None or not self.count:
            return
        entry = self.rows[self.cursor]
        if self.branches.upward:
            self.reveal(entry.path)
        elif not entry.first:
            self.settle(entry.path)
        elif (layer := self.priced.layer_of.get(self.branches.closure.paths[entry.path])) is not None:
            self.post_message(LayerWanted(layer))
