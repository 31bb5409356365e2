"""The why pane: how the selected store path comes into the image, and why it is in its layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from nixdive.ui.draw.line import BLANK, Line, Span
from nixdive.ui.draw.text_rows import Section
from nixdive.ui.naming import path_label
from nixdive.ui.panes.messages import PathWanted, PriceWanted
from nixdive.ui.panes.tab import Tab
from nixdive.ui.panes.why.layer_rows import PricedEdit, apart, layer_rows
from nixdive.ui.panes.why.rows import Chain, Entry, Step, chains, row

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.workspace.workspace import Workspace


class WhyPane(Tab):
    """Chains of references, the shortest first; then the layer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "Go to the path in the closure", id="why.go"),
        Binding("n", "chain(1)", "Next chain", id="why.next"),
        Binding("N", "chain(-1)", "Previous chain", id="why.previous"),
    ]

    path: reactive[int | None] = reactive(None)
    priced_edit: reactive[PricedEdit | None] = reactive(None)

    _closure: Closure | None = None
    _chains: tuple[Entry, ...] = ()
    _entries: tuple[Entry, ...] = ()

    def open(self, workspace: Workspace) -> None:
        """Take the closure."""
        self._closure = workspace.subject.closure

    def turn_to(self, path: int | None) -> None:
        """Look for the chains of a path."""
        self.path = path
        self._write()  # plans that passed unseen told it nothing
        self._ask()

    def show_layer(self) -> None:
        """Go to where it is told why the path is in its layer."""
        place = next((i for i, one in enumerate(self._entries) if isinstance(one, Section)), 0)
        self.cursor = place
        self.top = max(place - 1, 0)

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._entries)

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on."""
        entry = self._entries[self.cursor] if self.count else None
        return entry.path if isinstance(entry, Step) else None

    def watch_path(self) -> None:
        """Look for the chains of another path, and put the cursor on it."""
        here = self._closure is not None and self.path is not None
        self._chains = (
            chains(self._closure, self.path) if here and self._closure and self.path is not None else ()
        )
        self._write()
        self.top = 0
        target = next(
            (i for i, one in enumerate(self._entries) if isinstance(one, Step) and one.path == self.path), 0
        )
        self.set_reactive(WhyPane.cursor, target)
        self.refresh()

    def watch_priced(self) -> None:
        """Tell of the layer that it is in now."""
        if self.display:
            self._write()
            self._ask()

    def watch_priced_edit(self) -> None:
        """Tell the price that was asked for."""
        self._write()

    def heads(self, width: int) -> Line:
        """Return what is explained."""
        if self._closure is None or self.path is None:
            return BLANK
        label = path_label(self._closure.paths[self.path], width - 24, "bright", bold=True)
        return (Span(" "), *label, Span("  is in the image because", "dim"))

    def row(self, index: int, width: int) -> Line:
        """Return a row."""
        assert self._closure is not None
        assert self.priced is not None
        return row(self._closure, self.priced, self._entries[index], width, chosen=index == self.cursor)

    def when_empty(self) -> Line:
        """Return what stands there when no path is selected."""
        return (Span("nothing selected", "faint"),)

    def action_go(self) -> None:
        """Go to the path in the closure."""
        if (path := self.selected) is not None:
            self.post_message(PathWanted(path))

    def action_chain(self, direction: int) -> None:
        """Go to the next or the previous chain."""
        places = [i + 1 for i, one in enumerate(self._entries) if isinstance(one, Chain)]
        if direction > 0:
            self.cursor = next((i for i in places if i > self.cursor), self.cursor)
        else:
            self.cursor = next((i for i in reversed(places) if i < self.cursor), self.cursor)

    def _ask(self) -> None:
        """Ask what it costs to have the path apart."""
        if self._closure is not None and self.priced is not None and self.path is not None:
            edit = apart(self._closure, self.priced, self.path)
            if edit is not None and (
                self.priced_edit is None or self.priced_edit.edit.request != edit.request
            ):
                self.post_message(PriceWanted(edit))

    def _write(self) -> None:
        if self._closure is None or self.priced is None or self.path is None:
            self._entries = ()
        else:
            layer = layer_rows(self._closure, self.priced, self.before, self.path, self.priced_edit)
            self._entries = (*self._chains, *layer)
        self.refresh()
