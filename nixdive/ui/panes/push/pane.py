"""The push pane: what the next push sends and why, and what releases cost over the layer budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import BLANK, Line, Span
from nixdive.ui.naming import layer_ground
from nixdive.ui.panes.messages import CurveWanted, LayerWanted
from nixdive.ui.panes.push.plot import plot
from nixdive.ui.panes.push.rows import Before, Sent, row, sent, summary
from nixdive.ui.panes.tab import Tab

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.workspace.curve import Curve
    from nixdive.workspace.workspace import Workspace

_PLOT = 14  # rows of the plot with its header and the line above
_LEAST = 23  # rows of a pane that has room for both


class PushPane(Tab):
    """The layers that are sent, the largest first; below them the curve, where there is room."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "go", "Go to the layer", id="push.go")]

    curve: reactive[Curve | None] = reactive(None)

    by_layer: reactive[bool] = reactive(default=False)

    _closure: Closure | None = None
    _past: Before | None = None
    _rows: tuple[Sent, ...] = ()
    _most = 0

    def open(self, workspace: Workspace) -> None:
        """Take the closure and the baseline."""
        self._closure = workspace.subject.closure
        self._past = Before.of(workspace.baseline) if workspace.baseline else None

    def watch_priced(self) -> None:
        """Work out what is sent."""
        if self.priced is not None and self._closure is not None:
            found = sent(self._closure, self.priced, self.before, self._past)
            self._rows = tuple(sorted(found, key=self._key))
            self._most = max((one.size for one in found), default=0)
            self.cursor = self.validate_cursor(self.cursor)
            self.refresh()

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._rows)

    @property
    def visible_rows(self) -> int:
        """How many rows have room above the plot."""
        return max(super().visible_rows - (_PLOT if self._plots else 0), 1)

    @property
    def _plots(self) -> bool:
        return self.size.height >= _LEAST and self.priced is not None and self.priced.release is not None

    def draw(self, width: int, height: int) -> list[Line]:
        """Return the list, and the plot below it."""
        if not self._plots:
            return super().draw(width, height)
        lines = super().draw(width, height - _PLOT)
        lines += [BLANK] * (height - _PLOT - len(lines))
        return [*lines, *self._plot(width)]

    def heads(self, width: int) -> Line:
        """Return what is sent in all."""
        return summary(self.priced, self._rows, width) if self.priced is not None else BLANK

    def row(self, index: int, width: int) -> Line:
        """Return a row."""
        assert self.priced is not None
        one = self._rows[index]
        return row(one, layer_ground(self.priced.plan.layers[one.layer]), self._most, width)

    def when_empty(self) -> Line:
        """Return what stands there when nothing is sent."""
        return (Span("nothing: the registry has every layer", "faint"),)

    @property
    def order_name(self) -> str:
        """What the rows are sorted by."""
        return "layer" if self.by_layer else "bytes"

    def order_by(self, name: str) -> None:
        """Sort the rows by layers or by bytes."""
        self.by_layer = name == "layer"

    def sort(self) -> None:
        """Sort by the number of the layer, or by bytes again."""
        self.by_layer = not self.by_layer

    def watch_by_layer(self) -> None:
        """Keep the cursor on its layer."""
        here = self._rows[self.cursor].layer if self.count else None
        self._rows = tuple(sorted(self._rows, key=self._key))
        self.cursor = next((i for i, one in enumerate(self._rows) if one.layer == here), 0)

    def _key(self, one: Sent) -> tuple[int, int]:
        return (one.layer, 0) if self.by_layer else (-one.size, one.layer)

    def action_go(self) -> None:
        """Select the layer."""
        if self.count:
            self.post_message(LayerWanted(self._rows[self.cursor].layer))

    def on_show(self) -> None:
        """Ask for the curve when it is seen for the first time."""
        if self.curve is None:
            self.post_message(CurveWanted())

    def _plot(self, width: int) -> list[Line]:
        assert self.priced is not None
        dearer = any(one.dearer for one in self._rows)
        words = (Span(" ▲", "pay", bold=True), Span(" would stay without the last edit", "dim"))
        lines = [
            words if dearer else BLANK,
            heading("Each release", width, note="above the floor, by layer budget"),
        ]
        if self.curve is None:
            return [*lines, (Span("  planning for other budgets …", "faint"),)]
        plan, release = self.priced.plan, self.priced.release or 0
        return lines + plot(self.curve, plan.request.max_layers, release, width, _PLOT - 3)
