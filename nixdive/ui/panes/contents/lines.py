"""The part of the contents pane that draws: the rows of the tree, wrapped or not, and the cursor on them."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.reactive import reactive

from nixdive.image.store_names import path_named
from nixdive.sizes import prose
from nixdive.ui.draw.line import BLANK, Line, Span
from nixdive.ui.panes.contents.reader import ContentsReader
from nixdive.ui.panes.contents.rows import Scene, heads, lines_of, row
from nixdive.ui.panes.contents.tree import ContentsTree, Order
from nixdive.ui.panes.contents.words import layers, nothing, title
from nixdive.ui.panes.messages import FileChosen
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.ui.panes.contents.tree import Row
    from nixdive.workspace.files.compared import Compared


class ContentsLines(ContentsReader):
    """The lines of the pane.

    Attributes:
        branches: what is shown of the files; None until something was read.
        columns: whether permissions, owners and sizes are shown.
        hashes: whether store paths bear their hashes.
        wrapped: whether names that have no room go on in the next line.
    """

    branches: reactive[ContentsTree | None] = reactive(None, init=False)
    columns: reactive[bool] = reactive(default=True)
    hashes: reactive[bool] = reactive(default=False)
    wrapped: reactive[bool] = reactive(default=False, init=False)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._wraps: tuple[tuple[int, int], ...] = ()
        self._wrapped_for: tuple[object, ...] = ()
        self._way: ContentsTree | None = None  # how files were shown last
        self._order = Order.NAME

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the tree; where names are wrapped they take several lines each."""
        return self.branches.rows if self.branches is not None else ()

    @property
    def count(self) -> int:
        """The number of lines."""
        return len(self._places()) if self.wrapped else len(self.rows)

    @property
    def name_here(self) -> bytes | None:
        """The absolute name that the cursor is on."""
        row = self.row_here()
        return self.rows[row].name if row is not None else None

    @property
    def order_name(self) -> str:
        """What names are sorted by."""
        return self.branches.order if self.branches is not None else self._order

    def order_by(self, name: str) -> None:
        """Sort names by what an earlier `order_name` told."""
        if name in tuple(Order):
            self._order = Order(name)

    @property
    def selected(self) -> int | None:
        """The index of the store path that holds what the cursor is on."""
        path = path_named(self.name_here) if self.name_here else None
        return self._workspace.subject.closure.index.get(path) if path and self._workspace else None

    @property
    def copied(self) -> str | None:
        """What `y` copies: the path inside the image."""
        return os.fsdecode(self.name_here) if self.name_here is not None else None

    def heads(self, width: int) -> Line:
        """Return the heads of the columns and what is shown, or how far the reading is."""
        scene = self._scene()
        if self.reading is not None:
            done = self.reading.read().done
            size = f" {prose(done)}" if done else ""
            words = f" reading the files of {layers(self.extent.here)} …{size}   "
            return (Span(words, "dim"), Span("esc", "accent"), Span(" stop", "dim"))
        return heads(scene, width, title(scene.compared)) if scene else BLANK

    def row(self, index: int, width: int) -> Line:
        """Return the line of a name."""
        scene = self._scene()
        assert scene is not None
        row_index, part = self._places()[index] if self.wrapped else (index, 0)
        return row(scene, self.rows[row_index], width, chosen=index == self.cursor, part=part)

    def when_empty(self) -> Line:
        """Return why no file is shown."""
        if self.error is not None:
            hint = f": {self.error.hint}" if self.error.hint else ""
            return (Span(visible(f"{self.error}{hint}"), "bad"),)
        if self.stopped:
            return (Span("not read   ", "faint"), Span("enter", "accent"), Span(" reads", "faint"))
        if self.compared is None or self.branches is None:
            return ()
        return (Span(nothing(self.compared, filtered=self.branches.pattern is not None), "faint"),)

    def show_compared(self, compared: Compared | None) -> None:
        """Show other files in the same way; the cursor stays on its name where that is there."""
        here = self.name_here
        self.compared = compared
        self._way = self.branches or self._way
        if compared is None:
            self.branches = None
        elif self._way is None or self._way.listing is not compared.listing:
            way = self._way or ContentsTree(compared.listing, order=self._order)
            self.branches = replace(way, listing=compared.listing)
        else:
            self.branches = self._way
        self.settle(here)

    def cursor_moved(self) -> None:
        """Tell which file the cursor is on, and which store path holds it."""
        self.post_message(FileChosen(self.compared, self.name_here))
        super().cursor_moved()

    def _scene(self) -> Scene | None:
        if self.compared is None or self.branches is None:
            return None
        return Scene(self.compared, self.branches, self.columns, self.hashes)

    def _places(self) -> tuple[tuple[int, int], ...]:
        """Return the row and the part of it for each line."""
        scene = self._scene()
        width = self.size.width - 1
        key = (scene, width)
        if scene is not None and self._wrapped_for != key:
            self._wraps = tuple(
                (i, part) for i, one in enumerate(self.rows) for part in range(lines_of(scene, one, width))
            )
            self._wrapped_for = key
        return self._wraps if scene is not None else ()

    def row_here(self) -> int | None:
        """Return the row of the tree that the cursor is on."""
        if not 0 <= self.cursor < self.count:
            return None
        return self._places()[self.cursor][0] if self.wrapped else self.cursor

    def turn(self, tree: ContentsTree | None) -> None:
        """Show the tree in another way, the cursor on the same name."""
        if tree is not None:
            here = self.name_here
            self.branches = tree
            self.settle(here)

    def settle(self, name: bytes | None) -> None:
        """Put the cursor on a name, or on the directory above it that is shown."""
        place = self.branches.find(name) if self.branches is not None and name is not None else None
        self.go(place or 0)

    def go(self, row: int) -> None:
        """Put the cursor on a row, and draw."""
        place = next((i for i, (at, _) in enumerate(self._places()) if at == row), 0) if self.wrapped else row
        if place == self.cursor:
            self.refresh()
            self.cursor_moved()
        else:
            self.cursor = place
