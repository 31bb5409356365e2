"""A tab of the right side."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.worker import Worker

from nixdive.ui.draw.lists import ListPane
from nixdive.ui.failure import failure, tell
from nixdive.ui.panes.messages import PathChosen
from nixdive.ui.panes.planned import PlannedWidget
from nixdive.ui.panes.tabs import header

if TYPE_CHECKING:
    from nixdive.ui.draw.line import Line
    from nixdive.ui.panes.lines.key_bar import Key


class Tab(ListPane, PlannedWidget):
    """A list under the titles of all tabs; its id is a key of `TABS`.

    Attributes:
        filters: whether the tab can be filtered; where it cannot, a filter is for the closure.
        filter_hint: what stands in the field while nothing is typed.
        keys: what the last line of the screen shows while the tab is shown; empty for the usual ones.
    """

    filters: ClassVar[bool] = False
    filter_hint: ClassVar[str] = "a name or a regular expression"
    keys: ClassVar[tuple[Key, ...]] = ()

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on, or None."""
        return None

    @property
    def order_name(self) -> str:
        """What the rows are sorted by, for the next time; empty where they have one order."""
        return ""

    def order_by(self, name: str) -> None:
        """Sort the rows by what an earlier `order_name` told; what is unknown is passed over."""

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter; empty where nothing is."""
        return ""

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        if (error := failure(event)) is not None:
            tell(self, error)

    def cursor_moved(self) -> None:
        """Tell which store path the cursor is on, so that keys about a path work here too."""
        if self.has_focus and (path := self.selected) is not None:
            self.post_message(PathChosen(path))

    def header(self, width: int) -> Line:
        """Return the header with the titles of all tabs."""
        return header(self.id or "", width, focused=self.has_focus)

    def turn_to(self, path: int | None) -> None:
        """Be about the store path that is selected elsewhere; called when the tab is asked for."""

    def sort(self) -> None:
        """Sort by the next column, where there are some."""

    def filter(self, text: str) -> None:
        """Show what a text finds."""

    def whole(self) -> None:
        """Show all again."""

    def next_match(self, direction: int) -> None:
        """Go to the next or the previous thing that the filter has found."""
