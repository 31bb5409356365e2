"""The waste pane: the files that the image ships and nobody sees, with dive's figures above them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container

from nixdive.sizes import prose
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.figures import size_cells
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span, labelled
from nixdive.ui.listing import Listing
from nixdive.ui.naming import file_name
from nixdive.ui.panes.contents.rows import middle
from nixdive.ui.panes.pane import FileWanted
from nixdive.ui.verbs import PANES, bindings
from nixdive.visible import visible
from nixdive.words import counted, without_layers

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.ui.panes.pane import View
    from nixdive.workspace.files.comparison import Waste

_BEFORE_NAME = 22  # cells of the columns before it


class WastePane(Container):
    """A row for each file that nobody sees, the one with most bytes first.

    Attributes:
        listing: the rows.
        waste: what the image ships for nothing; None until it has been worked out.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANES["waste"])]
    DEFAULT_CSS = "WastePane #waste-figures { height: 4; }"

    def __init__(self, view: View, **options: Any) -> None:
        super().__init__(**options)
        self.listing = Listing(self)
        self.waste: Waste | None = None
        self._view = view
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
        self.listing.settle()

    def _draw_figures(self, width: int, _height: int) -> list[Line]:
        lines = [heading("Image / Plan", width)]
        if self.waste is None:
            return [*lines, (Span(" reading the layers …", "faint"),)]
        return [*lines, image(self._view.workspace.subject.name, self.waste), *figures(self.waste)]

    @property
    def count(self) -> int:
        """The number of files."""
        return len(self.waste.hidden) if self.waste is not None else 0

    def header(self, width: int) -> Line:
        """Return the header: how many files there are; with the score where the figures have no room."""
        return heading("Waste", width, focused=self.listing.has_focus, note=self._note(width))

    def _note(self, width: int) -> str:
        waste = self.waste
        if waste is None:
            return "" if self._figures.display else "reading the layers …"
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
        """Return the heads of the columns."""
        return (Span(" Count  Reclaimable  Path", "faint"),) if self.count else ()

    def row(self, index: int, width: int) -> Line:
        """Return the row of a file: how many layers ship it in vain, its bytes in them, the file."""
        assert self.waste is not None
        file = self.waste.hidden[index]
        name = middle(file_name(file.path), width - _BEFORE_NAME)
        return (Span(f" {len(file.layers):>5}        "), *size_cells(file.size), Span("  "), Span(name))

    def when_empty(self) -> list[Line]:
        """Return nothing: the header says so."""
        return []

    def cursor_moved(self) -> None:
        """Tell nobody."""

    def action_go(self) -> None:
        """Go to the file in the highest layer that ships it in vain."""
        self._want(extract=False)

    def action_extract(self) -> None:
        """Go to the file, and ask where it goes."""
        self._want(extract=True)

    def _want(self, *, extract: bool) -> None:
        if self.waste is not None and self.count:
            file = self.waste.hidden[self.listing.cursor]
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
