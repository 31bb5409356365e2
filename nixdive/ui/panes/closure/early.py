"""The closure while its first plan is being made: the tree as the closure pane shows it, without layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container

from nixdive.ui.draw.headings import heading
from nixdive.ui.listing import Listing
from nixdive.ui.naming import ambiguous
from nixdive.ui.panes.closure.rows import Scene, heads, row
from nixdive.ui.panes.closure.tree import Order, Tree

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from nixdive.closure.closure import Closure
    from nixdive.ui.draw.line import Line


class EarlyClosure(Container):
    """Store paths with their sizes and references.

    Attributes:
        listing: the rows.
    """

    def __init__(self, closure: Closure) -> None:
        super().__init__(id="early")
        self.listing = Listing(self)
        self._scene = Scene(closure, None, ambiguous(closure), hashes=False)
        self._rows = Tree.of(closure).rows

    def compose(self) -> ComposeResult:
        """Show the list."""
        yield self.listing

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._rows)

    def header(self, width: int) -> Line:
        """Return the title."""
        return heading("Closure", width, focused=self.listing.has_focus)

    def heads(self, width: int) -> Line:
        """Return the heads of the columns."""
        return heads(width, Order.ADDED, against=False, sized=self._scene.closure.sized)

    def row(self, index: int, width: int) -> Line:
        """Return the row of a store path."""
        return row(self._scene, self._rows[index], width, chosen=index == self.listing.cursor)

    def when_empty(self) -> list[Line]:
        """Return nothing: a closure without paths is not shown early."""
        return []

    def cursor_moved(self) -> None:
        """Pass over it: nothing depends on the path yet."""
