"""The layers of the plan, lowest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container

from nixdive.ui.draw.headings import heading
from nixdive.ui.listing import Listing
from nixdive.ui.panes.layers.rows import Columns, compared, heads, made_layer, row
from nixdive.ui.panes.pane import LayerChosen, LayerWanted, View
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
        extent: the layers whose files are shown, and those they are compared with; None where no files are.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANES["layers"])]

    def __init__(self, view: View, **options: Any) -> None:
        super().__init__(**options)
        self.listing = Listing(self)
        self.extent: Extent | None = None
        self._view = view
        self._marks: frozenset[tuple[StorePath, ...]] = frozenset()
        self._here: tuple[StorePath, ...] = ()

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
        found = (i for i, layer in enumerate(layers) if self._here and layer.paths == self._here)
        self.listing.settle(next(found, None) if made is None else made)

    def compare(self, extent: Extent | None) -> None:
        """Mark the layers whose files are shown, and those they are compared with."""
        self.extent = extent
        self.listing.refresh()

    @property
    def count(self) -> int:
        """The number of layers."""
        return len(self._view.priced.plan.layers)

    @property
    def marked(self) -> frozenset[int]:
        """The indices of the layers that are marked; a mark goes with the paths of its layer."""
        layers = self._view.priced.plan.layers
        return frozenset(i for i, layer in enumerate(layers) if self._marks and layer.paths in self._marks)

    def header(self, width: int) -> Line:
        """Return the header: which layers are shown, of how many."""
        rows = self.listing.window.rows
        note = str(self.count) if len(rows) >= self.count else f"{rows.start + 1}–{rows.stop} of {self.count}"
        return heading("Layers", width, focused=self.listing.has_focus, note=note if self.count else "")

    def heads(self, width: int) -> Line:
        """Return the heads of the columns."""
        return heads(Columns.of(self._view.priced, width), width, bar=self.extent is not None)

    def row(self, index: int, width: int) -> Line:
        """Return the row of a layer."""
        return row(
            self._view.priced,
            self._view.before,
            index,
            self._view.closure,
            width,
            marked=index in self.marked,
            bar=compared(self.extent.mark(index)) if self.extent is not None else (),
        )

    def when_empty(self) -> list[Line]:
        """Return nothing: an image without layers has nothing to say."""
        return []

    def cursor_moved(self) -> None:
        """Tell which layer the cursor is on."""
        if self.count:
            self._here = self._view.priced.plan.layers[self.listing.cursor].paths
            self.post_message(LayerChosen(self.listing.cursor))

    def action_mark(self) -> None:
        """Mark the layer, or take its mark away, and go to the next one."""
        if self.count and (paths := self._view.priced.plan.layers[self.listing.cursor].paths):
            self._marks ^= {paths}
        self.listing.cursor += 1
        self.listing.refresh()

    def action_show_paths(self) -> None:
        """Ask for the store paths of the layer to be shown."""
        if self.count:
            self.post_message(LayerWanted(self.listing.cursor))
