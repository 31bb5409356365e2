"""The diff pane: what changed since the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from nixdive.ui.diff_rows import Difference, differences, row
from nixdive.ui.figures import count
from nixdive.ui.line import Line, Span
from nixdive.ui.messages import PathWanted
from nixdive.ui.widgets.tab import Tab

if TYPE_CHECKING:
    from nixdive.ui.desk import Desk


class DiffPane(Tab):
    """Packages that came, went or changed, the largest differences first."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "go", "Go there", id="diff.go")]

    _rows: tuple[Difference, ...] = ()
    _against: reactive[str] = reactive("")

    def open(self, desk: Desk) -> None:
        """Show what changed; without a baseline how to name one."""
        closure, baseline = desk.subject.closure, desk.baseline
        self._closure = closure
        self._rows = differences(closure, baseline) if baseline else ()
        self._against = baseline.name if baseline else ""

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._rows)

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on, or None where it went."""
        path = self._rows[self.cursor].path if self.count else None
        return None if path is None else self._closure.index[path]

    def heads(self, width: int) -> Line:  # noqa: ARG002  it is one line
        """Return how many packages changed, and since when."""
        if not self._against:
            return (Span(" no baseline: --against OLD shows what changed", "dim"),)
        words = "nothing has changed" if not self.count else f"{count(self.count, 'package')} changed"
        return (Span(f" {words} since {self._against}", "text"),)

    def row(self, index: int, width: int) -> Line:
        """Return a row."""
        assert self.standing is not None
        return row(self.standing, self._rows[index], width)

    def action_go(self) -> None:
        """Go to the path in the closure."""
        if (path := self.selected) is not None:
            self.post_message(PathWanted(path))
