"""The contents pane: the files of the selected layer as a tree, and what became of them."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container

from nixdive.contents.difference import Change
from nixdive.image.stored.store_names import path_named
from nixdive.sizes import prose
from nixdive.store.path import store_dir_of
from nixdive.ui.draw.branches import folding
from nixdive.ui.draw.line import BLANK, Line, Span, key_words
from nixdive.ui.listing import HEADS, Listing
from nixdive.ui.panes.closure.filter import smart
from nixdive.ui.panes.contents.reader import Reader
from nixdive.ui.panes.contents.rows import Scene, heads, layers, lines_of, nothing, row, title
from nixdive.ui.panes.contents.tree import ContentsTree, Order, Row
from nixdive.ui.panes.pane import (
    ContentsShown,
    ExtractWanted,
    FileChosen,
    FileOpened,
    FileWanted,
    PathChosen,
    header,
)
from nixdive.ui.verbs import PANES, bindings
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.ui.jobs import Jobs
    from nixdive.ui.panes.pane import View
    from nixdive.workspace.files.comparison import Compared, Comparison, Waste


class ContentsPane(Container):
    """The files of a layer, or of several, beside what they are compared with.

    Attributes:
        listing: the rows.
        reader: what is read, and of which layers.
        compared: the files that are shown, or None.
        branches: what is shown of the files; None until something was read.
        columns: whether permissions, owners and sizes are shown.
        hashes: whether store paths bear their hashes.
        wrapped: whether names that have no room go on in the next line.
        extracts: whether the user has asked for an extraction of what is being read.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANES["contents"])]
    filter_hint = "a part of the path inside the image, or a regular expression"

    def __init__(self, view: View, jobs: Jobs, wasted: Callable[[Waste], object], **options: Any) -> None:
        super().__init__(**options)
        self.listing = Listing(self)
        self.reader = Reader(view.workspace, jobs, self.show_compared, self._changed, wasted)
        self.compared: Compared | None = None
        self.branches: ContentsTree | None = None
        self.columns = True
        self.hashes = False
        self.wrapped = False
        self.extracts = False
        self.filter_problem = ""
        self._view = view
        self._way: ContentsTree | None = None  # how files were shown last
        self._order = Order.NAME
        self._wanted: FileWanted | None = None  # what is gone to once its layer is read
        self._wraps: tuple[tuple[int, int], ...] = ()
        self._wrapped_for: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Show the list."""
        yield self.listing

    def show(self, view: View) -> None:
        """Read what another plan has in the layer."""
        self._view = view
        self.reader.plan = view.priced.plan
        self.reader.follow()

    def turn_to(self, path: int | None) -> None:  # noqa: ARG002  it is about a layer
        """Begin to follow; what is shown already is not read again."""
        self.reader.follow(start=True)

    def turn_to_layer(self, index: int) -> None:
        """Read another layer."""
        if index != self.reader.index:
            self.reader.index = index
            self.reader.follow()

    def compare(self, comparison: Comparison) -> None:
        """Compare otherwise."""
        if comparison != self.reader.comparison:
            self.reader.comparison = comparison
            self.reader.follow()

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
        self._arrive()
        if self.extracts:  # it was asked for while this was being read
            self.action_extract()

    def reveal(self, wanted: FileWanted) -> None:
        """Go to a file of a layer, at once or when the layer is read."""
        self._wanted = wanted
        self.turn_to_layer(wanted.layer)
        if self.reader.reading is None:
            self._arrive()

    def _arrive(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None and self.branches is not None:
            self.filter_problem = ""
            self.branches = self.branches.revealed(wanted.name)
            self.settle(wanted.name)
            self._changed()
            if wanted.extract:
                self.action_extract()

    def _changed(self) -> None:
        self.listing.refresh()
        self.post_message(ContentsShown())

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the tree; where names are wrapped they take several lines each."""
        return self.branches.rows if self.branches is not None else ()

    @property
    def count(self) -> int:
        """The number of lines."""
        return len(self._places()) if self.wrapped else len(self.rows)

    @property
    def row_here(self) -> int | None:
        """The row of the tree that the cursor is on."""
        cursor = self.listing.cursor
        if not 0 <= cursor < self.count:
            return None
        return self._places()[cursor][0] if self.wrapped else cursor

    @property
    def name_here(self) -> bytes | None:
        """The absolute name that the cursor is on."""
        row = self.row_here
        return self.rows[row].name if row is not None else None

    @property
    def selected(self) -> int | None:
        """The index of the store path that holds what the cursor is on."""
        closure = self._view.closure
        path = path_named(self.name_here, store_dir_of(closure.paths)) if self.name_here else None
        return closure.index.get(path) if path else None

    @property
    def copied(self) -> str | None:
        """What is copied: the path inside the image."""
        return os.fsdecode(self.name_here) if self.name_here is not None else None

    def header(self, width: int) -> Line:
        """Return the header with the titles of all tabs."""
        return header("contents", width, focused=self.listing.has_focus)

    def heads(self, width: int) -> Line:
        """Return the heads of the columns and what is shown, or how far the reading is."""
        if (reading := self.reader.reading) is not None:
            size = f" {prose(reading.done)}" if reading.done else ""
            words = f" reading the files of {layers(self.reader.extent.here)} …{size}"
            return (
                Span(words, "dim"),
                *key_words(self._view.keys.first("whole"), "stop", action="screen.do('whole')"),
            )
        scene = self._scene()
        return heads(scene, width, title(scene.compared)) if scene else BLANK

    def row(self, index: int, width: int) -> Line:
        """Return the line of a name."""
        scene = self._scene()
        assert scene is not None
        row_index, part = self._places()[index] if self.wrapped else (index, 0)
        line = row(scene, self.rows[row_index], width, chosen=index == self.listing.cursor, part=part)
        return folding(line, f"screen.fold('contents', {index})")

    def when_empty(self) -> list[Line]:
        """Return why no file is shown."""
        error, keys = self.reader.error, self._view.keys
        if error is not None:
            return [(Span(visible(f"{error}: {error.hint}" if error.hint else str(error)), "bad"),)]
        if self.reader.stopped:
            return [(Span("not read", "faint"), *key_words(keys.first("contents.preview"), "reads"))]
        if self.compared is None or self.branches is None:
            return []
        words = nothing(self.compared, filtered=self.branches.pattern is not None, keys=keys)
        return [(Span(words, "faint"),)]

    def cursor_moved(self) -> None:
        """Tell which file the cursor is on, and which store path holds it."""
        self.post_message(FileChosen(self.compared, self.name_here))
        if self.listing.has_focus and (path := self.selected) is not None:
            self.post_message(PathChosen(path))

    def _scene(self) -> Scene | None:
        if self.compared is None or self.branches is None:
            return None
        return Scene(self.compared, self.branches, self.columns, self.hashes)

    def _places(self) -> tuple[tuple[int, int], ...]:
        """Return the row and the part of it for each line."""
        scene, width = self._scene(), self.listing.size.width - 1
        key = (scene, width)
        if scene is not None and self._wrapped_for != key:
            self._wraps = tuple(
                (i, part) for i, one in enumerate(self.rows) for part in range(lines_of(scene, one, width))
            )
            self._wrapped_for = key
        return self._wraps if scene is not None else ()

    @property
    def order_name(self) -> str:
        """What names are sorted by."""
        return self.branches.order if self.branches is not None else self._order

    def order_by(self, name: str) -> None:
        """Sort names by what an earlier `order_name` said."""
        if name in tuple(Order):
            self._order = Order(name)

    def sort(self) -> None:
        """Sort by the next order; it holds for all layers."""
        if self.branches is not None:
            self.turn(replace(self.branches, order=self.branches.order.next()))

    def filter(self, text: str) -> None:
        """Show the names that have a match of a regular expression, and the directories above them."""
        found, self.filter_problem = smart(text)
        if self.branches is not None:
            self.turn(self.branches.filtered(found))
        self.next_match(0)

    def whole(self) -> None:
        """Stop the reading; else show all names again."""
        if not self.reader.stop() and self.branches is not None and self.branches.pattern is not None:
            self.filter_problem = ""
            self.turn(self.branches.filtered(None))

    def next_match(self, direction: int) -> None:
        """Go to the next name that has a match itself; with 0 the cursor stays where it is on one."""
        if self.branches is None or self.branches.pattern is None:
            return
        rows, here = self.rows, self.row_here or 0
        step = direction or 1
        for i in range(0 if direction == 0 else 1, len(rows) + 1):
            place = (here + i * step) % len(rows) if rows else 0
            if rows and rows[place].name in self.branches.matched:
                self.go(place)
                return

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
        places = self._places() if self.wrapped else ()
        self.listing.settle(
            next((i for i, (at, _) in enumerate(places) if at == row), 0) if self.wrapped else row
        )

    def on_click(self, event: events.Click) -> None:
        """Do what enter does where the mouse is pressed twice."""
        if event.chain == 2 and event.y >= HEADS:
            self.action_preview()

    def action_preview(self) -> None:
        """Ask for the beginning of a file; open or close a directory; read again what was stopped."""
        row = self.row_here
        if row is None:
            self.reader.follow()
        elif self.rows[row].folder:
            self.action_fold()
        elif self.compared is not None:
            self.post_message(FileOpened(self.compared, self.rows[row].name))

    def action_fold(self) -> None:
        """Show or hide what lies in a directory."""
        row = self.row_here
        if self.branches is not None and row is not None:
            self.turn(self.branches.toggled(row))

    def action_open(self) -> None:
        """Show what lies in a directory, or go to the first name in it."""
        row = self.row_here
        if row is not None and self.rows[row].opened:
            self.go(row + 1)
        elif row is not None and self.rows[row].folder:
            self.action_fold()

    def action_close(self) -> None:
        """Hide what lies in a directory, or go to the directory above."""
        row = self.row_here
        if row is not None and self.rows[row].opened:
            self.action_fold()
        elif row is not None and self.rows[row].parent >= 0:
            self.go(self.rows[row].parent)

    def action_fold_all(self) -> None:
        """Close all directories, or open all where they are closed."""
        if self.branches is not None:
            self.turn(self.branches.all_toggled())

    def action_kind(self, kind: str) -> None:
        """Show or hide a kind of change."""
        if self.branches is not None:
            self.turn(self.branches.with_kind(Change(kind)))
        self.post_message(ContentsShown())

    def action_sort(self) -> None:
        """Sort by the next order."""
        self.sort()

    def action_columns(self) -> None:
        """Show or hide permissions, owners and sizes."""
        self.columns = not self.columns
        self.listing.refresh()

    def action_hashes(self) -> None:
        """Show or hide the hashes of store paths."""
        self.hashes = not self.hashes
        self.listing.refresh()

    def action_wrap(self) -> None:
        """Wrap long names, or cut them."""
        row = self.row_here
        self.wrapped = not self.wrapped
        self.go(row or 0)

    def action_extract(self) -> None:
        """Ask where the file, the directory or the layer goes, once it has been read."""
        self.extracts = self.reader.reading is not None
        if self.compared is not None and self.name_here is not None and not self.extracts:
            self.post_message(ExtractWanted(self.compared, self.name_here))
