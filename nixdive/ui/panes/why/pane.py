"""The why pane: how the selected store path comes into the image, and why it is in its layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container

from nixdive.errors import NixdiveError
from nixdive.ui.draw.line import BLANK, Line, Span
from nixdive.ui.draw.lists import Said, Section
from nixdive.ui.listing import Listing
from nixdive.ui.naming import path_label
from nixdive.ui.panes.closure.filter import Query
from nixdive.ui.panes.pane import PathChosen, PathWanted, View, header, nothing_found
from nixdive.ui.panes.why.rows import Chain, Entry, PricedEdit, Step, apart, chains, layer_rows, row
from nixdive.ui.verbs import PANES, bindings
from nixdive.workspace.price import price

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.ui.jobs import Jobs, Meter


class WhyPane(Container):
    """Chains of references, the shortest first; then the layer.

    Attributes:
        listing: the rows.
        path: the index of the store path that is explained, or None.
        priced_edit: what it would cost to have it apart, as soon as that is known.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANES["why"])]
    filter_hint = "a path that chains go through: a name or regular expression   size>1M layer:7 changed new"

    def __init__(self, view: View, jobs: Jobs, **options: Any) -> None:
        super().__init__(**options)
        self.listing = Listing(self)
        self.path: int | None = None
        self.priced_edit: PricedEdit | None = None
        self._view = view
        self._jobs = jobs
        self._query: Query | None = None
        self._chains: tuple[Entry, ...] = ()
        self._entries: tuple[Entry, ...] = ()

    def compose(self) -> ComposeResult:
        """Show the list."""
        yield self.listing

    def show(self, view: View) -> None:
        """Explain the layer that the path is in now; plans that pass unseen are not looked at."""
        self._view = view
        if self.display:
            self._write()
            self._ask()

    def turn_to(self, path: int | None) -> None:
        """Look for the chains of a path, and put the cursor on it."""
        if path == self.path:
            self._write()
            self._ask()
            return
        self.path, self._query = path, None
        self._look()
        self._write()
        self.listing.top = 0
        self.listing.settle(
            next((i for i, one in enumerate(self._entries) if isinstance(one, Step) and one.path == path), 0)
        )
        self._ask()

    def _look(self) -> None:
        """Look for the chains, those that a filter asks for."""
        view, query = self._view, self._query
        if self.path is not None:
            through = None if query is None else query.found(view.closure, view.priced)
            self._chains = chains(view.closure, self.path, view.keys, through)
        else:
            self._chains = ()

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter."""
        return "" if self._query is None else self._query.problem

    def filter(self, text: str) -> None:
        """Show the chains that go through a path which a text finds."""
        self._sift(Query.parse(text))

    def whole(self) -> None:
        """Show all chains again."""
        if self._query is not None:
            self._sift(None)

    def next_match(self, direction: int) -> None:
        """Go to the next or the previous chain."""
        self.action_chain(direction)

    def _sift(self, query: Query | None) -> None:
        self._query = query
        self._look()
        self._write()
        self.listing.top = 0
        self.listing.settle(min(1, max(self.count - 1, 0)))

    def show_layer(self) -> None:
        """Go to where the reasons for the layer begin."""
        place = next((i for i, one in enumerate(self._entries) if isinstance(one, Section)), 0)
        self.listing.cursor = place
        self.listing.top = max(place - 1, 0)

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The rows as values."""
        return self._entries

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on."""
        entry = self._entries[self.listing.cursor] if self.count else None
        return entry.path if isinstance(entry, Step) else None

    def cursor_moved(self) -> None:
        """Tell which store path the cursor is on, so that keys about a path work here too."""
        if self.listing.has_focus and (path := self.selected) is not None:
            self.post_message(PathChosen(path))

    def header(self, width: int) -> Line:
        """Return the header with the titles of all tabs."""
        return header("why", width, focused=self.listing.has_focus)

    def heads(self, width: int) -> Line:
        """Return what is explained."""
        if self.path is None:
            return BLANK
        words = "  is in the image because"
        if self._query is not None:
            words = f"  by way of {self._query.called}"
        label = path_label(self._view.closure.paths[self.path], width - len(words) - 1, "bright", bold=True)
        return (Span(" "), *label, Span(words, "dim"))

    def row(self, index: int, width: int) -> Line:
        """Return a row."""
        chosen = index == self.listing.cursor
        return row(self._view.closure, self._view.priced, self._entries[index], width, chosen=chosen)

    def when_empty(self) -> list[Line]:
        """Return what stands there when no path is selected."""
        return [(Span("nothing selected", "faint"),)]

    def action_go(self) -> None:
        """Go to the path in the closure."""
        if (path := self.selected) is not None:
            self.post_message(PathWanted(path))

    def action_chain(self, direction: int) -> None:
        """Go to the next or the previous chain."""
        here = self.listing.cursor
        places = [i + 1 for i, one in enumerate(self._entries) if isinstance(one, Chain)]
        if direction > 0:
            self.listing.cursor = next((i for i in places if i > here), here)
        else:
            self.listing.cursor = next((i for i in reversed(places) if i < here), here)

    def _ask(self) -> None:
        """Have it worked out what it costs to have the path apart."""
        if self.path is None:
            return
        now, workspace = self._view.priced, self._view.workspace
        edit = apart(self._view.closure, now, self.path)
        if edit is None or (self.priced_edit is not None and self.priced_edit.edit.request == edit.request):
            return

        def compute(_: Meter) -> PricedEdit:
            try:
                return PricedEdit(edit, price(workspace.plan(edit.request), now))
            except NixdiveError as error:
                return PricedEdit(edit, None, str(error))

        self._jobs.ask("price", compute, self._priced)

    def _priced(self, found: PricedEdit) -> None:
        self.priced_edit = found
        self._write()

    def _write(self) -> None:
        self._entries = ()
        if self.path is not None:
            view = self._view
            layer = layer_rows(view.closure, view.priced, view.before, self.path, self.priced_edit)
            found = self._chains
            if not found and self._query is not None:
                found = (Said((Span(" "), *nothing_found("chain", self._query, view.keys))),)
            self._entries = (*found, *layer)
        self.listing.refresh()
