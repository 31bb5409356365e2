"""The layers of the plan, lowest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container

from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.lists import within
from nixdive.ui.listing import Listing
from nixdive.ui.panes.closure.filter import Query
from nixdive.ui.panes.layers.arranged import (
    EXAMPLES,
    Order,
    arranged,
    found_layers,
    named_paths,
    orders,
    problem,
)
from nixdive.ui.panes.layers.rows import Columns, compared, heads, made_layer, row
from nixdive.ui.panes.pane import LayerChosen, LayersMarked, LayerWanted, View, nothing_found
from nixdive.ui.verbs import PANES, bindings

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.store.path import StorePath
    from nixdive.ui.draw.line import Line
    from nixdive.workspace.files.comparison import Extent


class LayersPane(Container):
    """A row for each layer: its size, what a push of it costs, and what is in it.

    Attributes:
        listing: the rows.
        chosen: the index of the selected layer.
        order: what the rows are sorted by.
        extent: the layers whose files are shown, and those they are compared with; None where no files are.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANES["layers"])]
    filter_hint = EXAMPLES

    def __init__(self, view: View, **options: Any) -> None:
        super().__init__(**options)
        self.listing = Listing(self)
        self.chosen = 0
        self.order = Order.NUMBER
        self.extent: Extent | None = None
        self._view = view
        self._query: Query | None = None
        self._named: frozenset[StorePath] = frozenset()
        self._marks: frozenset[tuple[StorePath, ...]] = frozenset()
        self._here: tuple[StorePath, ...] = ()
        self._rows: tuple[int, ...] = ()
        self._arrange()

    def compose(self) -> ComposeResult:
        """Show the list."""
        yield self.listing

    def show(self, view: View) -> None:
        """Show another plan, with the cursor on the layer that the edit has made.

        Where it has made none, the cursor stays on its layer, and where that is gone, on its number.
        """
        made = made_layer(self._view.priced.plan, view.priced.plan)
        self._view = view
        layers = view.priced.plan.layers
        if made is None:
            found = (i for i, layer in enumerate(layers) if self._here and layer.paths == self._here)
            made = next(found, within(self.chosen, len(layers)))
        self._arrange()
        self._settle(made)

    def select(self, layer: int) -> None:
        """Go to a layer; a filter that has not found it is taken away."""
        if self._query is not None and layer not in self._rows:
            self._query = None
            self._arrange()
        self._settle(layer)

    def _arrange(self) -> None:
        """Have the rows follow plan, filter and order."""
        closure, priced, query = self._view.closure, self._view.priced, self._query
        found = None if query is None else found_layers(query, closure, priced)
        self._named = frozenset() if query is None else named_paths(query, closure, priced)
        self._rows = arranged(priced, closure, self.order, found)

    def _settle(self, layer: int) -> None:
        """Put the cursor on a layer; where a filter hides it, on the row that is nearest."""
        if self._rows:
            nearest = min(range(len(self._rows)), key=lambda row: abs(self._rows[row] - layer))
            self.listing.settle(nearest)
        else:
            self.chosen = layer
            self.listing.settle(0)

    def compare(self, extent: Extent | None) -> None:
        """Mark the layers whose files are shown, and those they are compared with."""
        self.extent = extent
        self.listing.refresh()

    @property
    def count(self) -> int:
        """The number of layers that are shown."""
        return len(self._rows)

    @property
    def marked(self) -> frozenset[int]:
        """The indices of the layers that are marked; a mark goes with the paths of its layer."""
        layers = self._view.priced.plan.layers
        return frozenset(i for i, layer in enumerate(layers) if self._marks and layer.paths in self._marks)

    def header(self, width: int) -> Line:
        """Return the header: how many layers are marked, which are shown, of how many."""
        rows, layers = self.listing.window.rows, len(self._view.priced.plan.layers)
        note = str(self.count) if len(rows) >= self.count else f"{rows.start + 1}–{rows.stop} of {self.count}"
        if self._query is not None:
            note = f"{self._query.called}  {self.count} of {layers}"
        if marked := len(self.marked):
            note = f"{marked} marked   {note}"
        return heading("Layers", width, focused=self.listing.has_focus, note=note if layers else "")

    def heads(self, width: int) -> Line:
        """Return the heads of the columns."""
        columns = Columns.of(self._view.priced, width)
        return heads(columns, width, self.order, bar=self.extent is not None)

    def row(self, index: int, width: int) -> Line:
        """Return the row of a layer."""
        layer = self._rows[index]
        return row(
            self._view.priced,
            self._view.before,
            layer,
            self._view.closure,
            width,
            marked=layer in self.marked,
            bar=compared(self.extent.mark(layer)) if self.extent is not None else (),
            found=self._named,
        )

    def when_empty(self) -> list[Line]:
        """Return that a filter finds nothing; an image without layers has nothing to say."""
        if self._query is None:
            return []
        return [nothing_found("layer", self._query, self._view.keys)]

    def cursor_moved(self) -> None:
        """Tell which layer the cursor is on."""
        if self.count:
            self.chosen = self._rows[self.listing.cursor]
            self._here = self._view.priced.plan.layers[self.chosen].paths
            self.post_message(LayerChosen(self.chosen))

    @property
    def order_name(self) -> str:
        """What the rows are sorted by, for the next time."""
        return self.order.value

    def order_by(self, name: str) -> None:
        """Sort the rows by a column; the cursor stays on its layer."""
        if name in tuple(Order):
            self.order = Order(name)
            self._arrange()
            self._settle(self.chosen)

    def sort(self) -> None:
        """Sort by the next column that there is."""
        there = orders(self._view.priced)
        at = there.index(self.order) if self.order in there else -1
        self.order_by(there[(at + 1) % len(there)])

    @property
    def picking(self) -> bool:
        """Whether a filter is shown instead of all layers."""
        return self._query is not None

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter."""
        return "" if self._query is None else problem(self._query, sized=self._view.closure.sized)

    def filter(self, text: str) -> None:
        """Show the layers that a text finds: by their names, by those of their paths, by sizes and marks."""
        self._query = Query.parse(text)
        self._arrange()
        self._settle(self.chosen)

    def whole(self) -> None:
        """Show all layers again, the cursor on the same one."""
        if self._query is not None:
            self._query = None
            self._arrange()
            self._settle(self.chosen)

    def next_match(self, direction: int) -> None:
        """Go to the next or the previous layer that the filter has found, round and round."""
        if self._query is not None and self.count:
            self.listing.cursor = (self.listing.cursor + direction) % self.count

    def action_mark(self) -> None:
        """Mark the layer, or take its mark away, and go to the next one."""
        if self.count and (paths := self._view.priced.plan.layers[self.chosen].paths):
            self._marks ^= {paths}
            self.post_message(LayersMarked())
        self.listing.cursor += 1
        self.listing.refresh()

    def action_show_paths(self) -> None:
        """Ask for the store paths of the layer to be shown."""
        if self.count:
            self.post_message(LayerWanted(self.chosen))
