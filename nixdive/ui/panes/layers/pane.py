"""The layers of the plan, lowest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import BLANK, Line
from nixdive.ui.draw.lists import ListPane
from nixdive.ui.panes.layers.rows import Columns, compared, heads, row
from nixdive.ui.panes.messages import LayerChosen, LayerWanted
from nixdive.ui.panes.planned import PlannedWidget

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.store.path import StorePath
    from nixdive.workspace.files.comparison import Extent
    from nixdive.workspace.workspace import Workspace


class LayersTable(ListPane, PlannedWidget):
    """A row for each layer: its size, what a push of it costs, and what is in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "show_paths", "Its paths", id="layers.paths"),
        Binding("space", "mark", "Mark the layer for a merge", id="layers.mark"),
        Binding("K", "screen.move_layer(-1)", "Move the layer down in the image", id="layers.lower"),
        Binding("J", "screen.move_layer(1)", "Move the layer up in the image", id="layers.higher"),
    ]

    extent: reactive[Extent | None] = reactive(None)
    """The layers whose files are shown, and those they are compared with; None where no files are."""

    _closure: Closure | None = None
    _marks: frozenset[tuple[StorePath, ...]] = frozenset()
    _here: tuple[StorePath, ...] = ()

    def open(self, workspace: Workspace) -> None:
        """Take the closure."""
        self._closure = workspace.subject.closure

    @property
    def count(self) -> int:
        """The number of layers."""
        return len(self.priced.plan.layers) if self.priced else 0

    def header(self, width: int) -> Line:
        """Return the header: which layers are shown, of how many."""
        last = min(self.top + self.visible_rows, self.count)
        note = str(self.count) if last - self.top >= self.count else f"{self.top + 1}–{last} of {self.count}"
        return heading("Layers", width, focused=self.has_focus, note=note if self.count else "")

    def heads(self, width: int) -> Line:
        """Return the heads of the columns."""
        if self.priced is None:
            return BLANK
        return heads(Columns.of(self.priced, width), width, bar=self.extent is not None)

    def row(self, index: int, width: int) -> Line:
        """Return the row of a layer."""
        assert self.priced is not None
        assert self._closure is not None
        return row(
            self.priced,
            self.before,
            index,
            self._closure,
            width,
            marked=index in self.marked,
            bar=compared(self.extent.mark(index)) if self.extent is not None else (),
        )

    @property
    def marked(self) -> frozenset[int]:
        """The indices of the layers that are marked; a mark goes with the paths of its layer."""
        if self.priced is None or not self._marks:
            return frozenset()
        layers = self.priced.plan.layers
        return frozenset(i for i, layer in enumerate(layers) if layer.paths in self._marks)

    def action_mark(self) -> None:
        """Mark the layer, or take its mark away, and go to the next one."""
        if self.priced is None:
            return
        paths = self.priced.plan.layers[self.cursor].paths
        if paths:
            self._marks ^= {paths}
        self.cursor += 1
        self.refresh()

    def watch_priced(self) -> None:
        """Keep the cursor on its layer where that is still there, else on its number."""
        here = self._here
        layers = self.priced.plan.layers if self.priced else ()
        found = (i for i, layer in enumerate(layers) if here and layer.paths == here)
        self.cursor = self.validate_cursor(next(found, self.cursor))
        self.cursor_moved()

    def cursor_moved(self) -> None:
        """Tell which layer the cursor is on."""
        if self.priced is not None and self.count:
            self._here = self.priced.plan.layers[self.cursor].paths
            self.post_message(LayerChosen(self.cursor))

    def action_show_paths(self) -> None:
        """Ask for the store paths of the layer to be shown."""
        if self.count:
            self.post_message(LayerWanted(self.cursor))
