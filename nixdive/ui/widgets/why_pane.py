"""The why pane: how the selected store path comes into the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from nixdive.ui.line import BLANK, Line, Span
from nixdive.ui.messages import PathWanted
from nixdive.ui.naming import path_label
from nixdive.ui.why_rows import Step, row, steps
from nixdive.ui.widgets.tab import Tab

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.ui.desk import Desk


class WhyPane(Tab):
    """Chains of references, the shortest first."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "go", "Go there", id="why.go")]

    path: reactive[int | None] = reactive(None)

    _closure: Closure | None = None
    _steps: tuple[Step, ...] = ()

    def open(self, desk: Desk) -> None:
        """Take the closure."""
        self._closure = desk.subject.closure

    def turn_to(self, path: int | None) -> None:
        """Look for the chains of a path."""
        self.path = path

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._steps)

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on."""
        return self._steps[self.cursor].path if self.count else None

    def watch_path(self) -> None:
        """Look for the chains of another path."""
        self._steps = steps(self._closure, self.path) if self._closure and self.path is not None else ()
        self.top = 0
        self.set_reactive(WhyPane.cursor, 0)
        self.refresh()

    def heads(self, width: int) -> Line:
        """Return what is explained."""
        if self._closure is None or self.path is None:
            return BLANK
        label = path_label(self._closure.paths[self.path], width - 24, "bright", bold=True)
        return (Span(" "), *label, Span("  is in the image because", "dim"))

    def row(self, index: int, width: int) -> Line:
        """Return a row."""
        assert self._closure is not None
        assert self.standing is not None
        return row(self._closure, self.standing, self._steps[index], width, chosen=index == self.cursor)

    def when_empty(self) -> Line:
        """Return what stands there when no path is selected."""
        return (Span("nothing selected", "faint"),)

    def action_go(self) -> None:
        """Go to the path in the closure."""
        if (path := self.selected) is not None:
            self.post_message(PathWanted(path))
