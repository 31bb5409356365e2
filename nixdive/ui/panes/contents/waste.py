"""The waste pane: the files that the image ships and nobody sees, with dive's figures above them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container

from nixdive.sizes import prose
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span, labelled
from nixdive.ui.listing import Listing
from nixdive.ui.naming import file_name
from nixdive.ui.panes.closure.filter import Query
from nixdive.ui.panes.contents.rows import middle
from nixdive.ui.panes.order import following
from nixdive.ui.panes.pane import FileWanted, nothing_found
from nixdive.ui.verbs import PANES, bindings
from nixdive.visible import visible
from nixdive.words import counted, without_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.contents.efficiency import Hidden
    from nixdive.ui.panes.pane import View
    from nixdive.workspace.files.comparison import Waste

_BEFORE_NAME = 22  # cells of the columns before it


class Order(StrEnum):
    """What the files are sorted by."""

    BYTES = "bytes"
    PATH = "path"
    COUNT = "count"


class WastePane(Container):
    """A row for each file that nobody sees, the one with most bytes first.

    Attributes:
        listing: the rows.
        waste: what the image ships for nothing; None until it has been worked out.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANES["waste"])]
    filter_hint = "the name of a file, or a regular expression"
    DEFAULT_CSS = "WastePane #waste-figures { height: 4; }"

    def __init__(self, view: View, **options: Any) -> None:
        super().__init__(**options)
        self.listing = Listing(self)
        self.waste: Waste | None = None
        self._view = view
        self._query: Query | None = None
        self._order = Order.BYTES
        self._rows: tuple[Hidden, ...] = ()
        self._figures = Drawn(self._draw_figures, id="waste-figures")

    def compose(self) -> ComposeResult:
        """Show the figures, where they have room, and the list below them."""
        yield self._figures
        yield self.listing

    def show(self, view: View) -> None:
        """Take it that the plan is another one; its waste comes when it is worked out."""
        self._view = view

    def show_waste(self, waste: Waste) -> None:
        """Show what the image ships for nothing."""
        self.waste = waste
        self._figures.refresh()
        self._arrange()

    def _draw_figures(self, width: int, _height: int) -> list[Line]:
        lines = [heading("Image / Plan", width)]
        if self.waste is None:
            return [*lines, (Span(" reading the layers …", "faint"),)]
        return [*lines, image(self._view.workspace.subject.name, self.waste), *figures(self.waste)]

    @property
    def count(self) -> int:
        """The number of files."""
        return len(self._rows)

    def header(self, width: int) -> Line:
        """Return the header: how many files there are; with the score where the figures have no room."""
        return heading("Waste", width, focused=self.listing.has_focus, note=self._note(width))

    def _note(self, width: int) -> str:
        waste = self.waste
        if waste is None:
            return "" if self._figures.display else "reading the layers …"
        if self._query is not None:
            return f"{self._query.called}  {self.count} of {len(waste.hidden)}"
        parts = [counted(len(waste.hidden), "file") if waste.hidden else "no file occurs twice"]
        if not self._figures.display:
            lacks = [without_layers(waste.unread)] if waste.unread else []
            lacks += [_missing(waste)] if waste.missing else []
            parts = [_score(waste), *lacks, *([prose(waste.reclaimable)] if waste.hidden else []), *parts]
        room = width - len(" ● Waste    ") - 4
        while len(parts) > 1 and len("   ".join(parts)) > room:
            del parts[-2]
        return "   ".join(parts)

    def heads(self, width: int) -> Line:  # noqa: ARG002  the same at every width
        """Return the heads of the columns; a click on one sorts by it, and the one that holds is bright."""

        def head(of: Order, text: str) -> Span:
            here = of is self._order
            action = f"screen.order('waste', '{of}')"
            return Span(text, "text" if here else "faint", bold=here, action=action)

        names = head(Order.COUNT, " Count"), head(Order.BYTES, "  Reclaimable"), head(Order.PATH, "  Path")
        return names if self.count else ()

    def row(self, index: int, width: int) -> Line:
        """Return the row of a file: how many layers ship it in vain, its bytes in them, the file."""
        file = self._rows[index]
        name = middle(file_name(file.path), width - _BEFORE_NAME)
        return (Span(f" {len(file.layers):>5}        "), *size_cells(file.size), Span("  "), Span(name))

    def when_empty(self) -> list[Line]:
        """Return that a filter finds nothing; that nothing is wasted says the header."""
        return [] if self._query is None else [nothing_found("file", self._query, self._view.keys)]

    @property
    def order_name(self) -> str:
        """What the files are sorted by."""
        return self._order.value

    def order_by(self, name: str) -> None:
        """Sort the files by a column."""
        if name in tuple(Order):
            self._order = Order(name)
            self._arrange()

    def sort(self) -> None:
        """Sort by the next column."""
        self.order_by(following(self._order))

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter."""
        query = self._query
        words = () if query is None else query.words
        problems = ["" if query is None else query.problem, *(f"{word}: not here" for word in words)]
        return ", ".join(filter(None, problems))

    def filter(self, text: str) -> None:
        """Show the files that a text names."""
        self._query = Query.parse(text)
        self._arrange()

    def whole(self) -> None:
        """Show all files again."""
        if self._query is not None:
            self._query = None
            self._arrange()

    def next_match(self, direction: int) -> None:
        """Go to the next or the previous file that the filter has found, round and round."""
        if self._query is not None and self.count:
            self.listing.cursor = (self.listing.cursor + direction) % self.count

    def _arrange(self) -> None:
        """Have the rows follow filter and order; the cursor stays on its file."""
        here = self._rows[self.listing.cursor] if self.count else None
        hidden, query = self.waste.hidden if self.waste is not None else (), self._query
        names = () if query is None else query.names
        found = (file for file in hidden if all(name.search(file_name(file.path)) for name in names))
        keys: Mapping[Order, Callable[[Hidden], tuple[int, bytes]]] = {
            Order.BYTES: lambda file: (-file.size, file.path),
            Order.COUNT: lambda file: (-len(file.layers), file.path),
            Order.PATH: lambda file: (0, file.path),
        }
        self._rows = tuple(sorted(found, key=keys[self._order]))
        self.listing.settle(self._rows.index(here) if here in self._rows else 0)

    def cursor_moved(self) -> None:
        """Tell nobody."""

    def action_go(self) -> None:
        """Go to the file in the highest layer that ships it in vain."""
        self._want(extract=False)

    def action_extract(self) -> None:
        """Go to the file, and ask where it goes."""
        self._want(extract=True)

    def _want(self, *, extract: bool) -> None:
        if self.count:
            file = self._rows[self.listing.cursor]
            self.post_message(FileWanted(file.path, max(file.layers), extract))


def image(name: str, waste: Waste) -> Line:
    """Return what the image is."""
    size = Span(f"   {prose(waste.figures.size)}   {waste.files:,} files")
    missing = Span(f"   {_missing(waste)}" if waste.missing else "", "pay")
    return labelled("Image", Span(visible(name)), size, missing)


def figures(waste: Waste) -> list[Line]:
    """Return dive's score, what it calls wasted, and what could be saved."""
    lacks = Span(f"   {without_layers(waste.unread)}" if waste.unread else "", "bad")
    score = Span(_score(waste), "bright", bold=True)
    return [
        labelled("Score", score, Span("   as dive counts it", "dim"), lacks),
        labelled(
            "Wasted",
            Span(prose(waste.figures.wasted_bytes)),
            Span("   reclaimable ", "dim"),
            Span(prose(waste.reclaimable), "pay" if waste.reclaimable else "text"),
        ),
    ]


def _missing(waste: Waste) -> str:
    return f"{counted(waste.missing, 'path')} not here"


def _score(waste: Waste) -> str:
    return f"{100 * waste.figures.score:.4g} %"
