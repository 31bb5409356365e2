"""The layers of the plan, lowest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from nixdive.ui.heading import heading
from nixdive.ui.layer_rows import Columns, heads, row
from nixdive.ui.line import BLANK, Line
from nixdive.ui.messages import LayerChosen, LayerWanted
from nixdive.ui.widgets.list_pane import ListPane
from nixdive.ui.widgets.planned import PlannedWidget

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.ui.desk import Desk


class LayersTable(ListPane, PlannedWidget):
    """A row for each layer: its size, what a push of it costs, and what is in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "show_paths", "Its paths", id="layers.paths"),
    ]

    _closure: Closure | None = None

    def open(self, desk: Desk) -> None:
        """Take the closure."""
        self._closure = desk.subject.closure

    @property
    def count(self) -> int:
        """The number of layers."""
        return len(self.standing.plan.layers) if self.standing else 0

    def header(self, width: int) -> Line:
        """Return the header: which layers are shown, of how many."""
        last = min(self.top + self.visible_rows, self.count)
        note = str(self.count) if last - self.top >= self.count else f"{self.top + 1}–{last} of {self.count}"
        return heading("Layers", width, focused=self.has_focus, note=note if self.count else "")

    def heads(self, width: int) -> Line:
        """Return the heads of the columns."""
        if self.standing is None:
            return BLANK
        return heads(Columns.of(self.standing, width), width)

    def row(self, index: int, width: int) -> Line:
        """Return the row of a layer."""
        assert self.standing is not None
        assert self._closure is not None
        return row(self.standing, self.before, index, self._closure, width)

    def watch_standing(self) -> None:
        """Keep the cursor on a layer when there are fewer."""
        self.cursor = self.validate_cursor(self.cursor)
        self.cursor_moved()

    def cursor_moved(self) -> None:
        """Tell which layer the cursor is on."""
        if self.count:
            self.post_message(LayerChosen(self.cursor))

    def action_show_paths(self) -> None:
        """Ask for the store paths of the layer to be shown."""
        if self.count:
            self.post_message(LayerWanted(self.cursor))
