"""The contents pane: the files of the selected layer as a tree, and what became of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from nixdive.contents.difference import Change
from nixdive.ui.panes.closure.query import smart
from nixdive.ui.panes.contents.lines import ContentsLines
from nixdive.ui.panes.lines.key_bar import Key
from nixdive.ui.panes.messages import ContentsShown, ExtractWanted

if TYPE_CHECKING:
    from textual import events

    from nixdive.workspace.files.compared import Compared


class ContentsPane(ContentsLines):
    """The files of a layer, or of several, beside what they are compared with."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "preview", "Look into the file, or open the directory", id="contents.preview"),
        Binding("right,l", "open", "Open the directory", show=False, id="contents.open"),
        Binding("left,h", "close", "Close the directory", show=False, id="contents.close"),
        Binding("space", "fold", "Open or close the directory", show=False, id="contents.fold"),
        Binding(
            "C,ctrl+@,ctrl+space", "fold_all", "Close all directories, or open all", id="contents.fold-all"
        ),
        Binding("A,ctrl+a", "kind('added')", "Show or hide added files", id="contents.added"),
        Binding("R,ctrl+r", "kind('removed')", "Show or hide removed files", id="contents.removed"),
        Binding("M", "kind('modified')", "Show or hide modified files", id="contents.modified"),
        Binding("U,ctrl+u", "kind('unmodified')", "Show or hide unmodified files", id="contents.unmodified"),
        Binding("s,ctrl+o", "sort", "Sort by name or by size", id="contents.sort"),
        Binding("i,ctrl+b", "columns", "Permissions, owners and sizes", id="contents.attributes"),
        Binding("H", "hashes", "Hashes of the store paths", id="contents.hashes"),
        Binding("full_stop", "wrap", "Wrap long names", id="contents.wrap"),
        Binding("x,ctrl+e", "extract", "Extract the file, directory or layer", id="contents.extract"),
    ]
    filters = True
    filter_hint = "a part of the path inside the image, or a regular expression"
    keys = (
        Key("q", "Quit", "screen.leave", ("quit",), 1),
        Key("tab", "Pane", "screen.pane(1)", ("pane.next",), 9),
        Key("v", "Tab", "screen.next_tab", ("tab.next",), 5),
        Key("/", "Filter", "screen.filter", ("filter",), 6),
        Key("s", "Sort", "screen.sort", ("contents.sort",), 2),
        Key("space", "Fold", "screen.in_contents('fold')", ("contents.fold",), 3),
        Key("C", "Fold all", "screen.in_contents('fold_all')", ("contents.fold-all",), 3),
        Key("i", "Columns", "screen.in_contents('columns')", ("contents.attributes",), 2),
        Key("x", "Extract", "screen.in_contents('extract')", ("contents.extract",), 8),
        Key("=", "Compare", "screen.compare_with", ("compare.with",), 7),
    )

    extracts = False
    """Whether the user has asked for an extraction of what is being read."""

    _problem = ""

    def show_compared(self, compared: Compared | None) -> None:
        """Show other files; go on with what was asked for meanwhile."""
        super().show_compared(compared)
        if self.extracts:
            self.action_extract()

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter; empty where nothing is."""
        return self._problem

    def filter(self, text: str) -> None:
        """Show the names that have a match of a regular expression, and the directories above them."""
        found, self._problem = smart(text)
        if self.branches is not None:
            self.turn(self.branches.filtered(found))
        self.next_match(0)

    def whole(self) -> None:
        """Stop the reading; else show all names again."""
        if self.reading is not None:
            self.stop()
            self.stopped = True
            self.show_compared(None)
            self.post_message(ContentsShown())
        elif self.branches is not None and self.branches.pattern is not None:
            self._problem = ""
            self.turn(self.branches.filtered(None))

    def next_match(self, direction: int) -> None:
        """Go to the next name that has a match itself; with 0 the cursor stays where it is on one."""
        if self.branches is None or self.branches.pattern is None:
            return
        rows, here = self.rows, self.row_here() or 0
        step = direction or 1
        for i in range(0 if direction == 0 else 1, len(rows) + 1):
            place = (here + i * step) % len(rows) if rows else 0
            if rows and rows[place].name in self.branches.matched:
                self.go(place)
                return

    def on_click(self, event: events.Click) -> None:
        """Do what enter does where the mouse is pressed twice."""
        if event.chain == 2 and event.y >= 2:
            self.action_preview()

    def action_preview(self) -> None:
        """Show the beginning of a file; open or close a directory."""
        from nixdive.ui.dialogs.preview import PreviewDialog

        row = self.row_here()
        if row is None:
            self.follow()
        elif self.rows[row].folder:
            self.action_fold()
        elif self.compared is not None:
            self.app.push_screen(PreviewDialog(self.compared, self.rows[row].name))

    def action_fold(self) -> None:
        """Show or hide what lies in a directory."""
        row = self.row_here()
        if self.branches is not None and row is not None:
            self.turn(self.branches.toggled(row))

    def action_open(self) -> None:
        """Show what lies in a directory, or go to the first name in it."""
        row = self.row_here()
        if row is not None and self.rows[row].opened:
            self.go(row + 1)
        elif row is not None and self.rows[row].folder:
            self.action_fold()

    def action_close(self) -> None:
        """Hide what lies in a directory, or go to the directory above."""
        row = self.row_here()
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
        """Sort by the next order; it holds for all layers."""
        if self.branches is not None:
            self.turn(replace(self.branches, order=self.branches.order.next()))

    def sort(self) -> None:
        """Sort by the next order, wherever the keys go."""
        self.action_sort()

    def action_columns(self) -> None:
        """Show or hide permissions, owners and sizes."""
        self.columns = not self.columns

    def action_hashes(self) -> None:
        """Show or hide the hashes of store paths."""
        self.hashes = not self.hashes

    def action_wrap(self) -> None:
        """Wrap long names, or cut them."""
        row = self.row_here()
        self.wrapped = not self.wrapped
        self.go(row or 0)

    def action_extract(self) -> None:
        """Ask where the file, the directory or the layer goes, once it has been read."""
        self.extracts = self.reading is not None
        if self.compared is not None and self.name_here is not None and not self.extracts:
            self.post_message(ExtractWanted(self.compared, self.name_here))
