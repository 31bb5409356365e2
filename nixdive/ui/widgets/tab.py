"""A tab of the right side."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nixdive.ui.tabs import header
from nixdive.ui.widgets.list_pane import ListPane
from nixdive.ui.widgets.planned import PlannedWidget

if TYPE_CHECKING:
    from nixdive.ui.line import Line
    from nixdive.ui.widgets.key_bar import Key


class Tab(ListPane, PlannedWidget):
    """A list under the titles of all tabs; its id is a key of `TABS`.

    Attributes:
        filters: whether its rows can be filtered.
        keys: what the last line of the screen shows while the tab is shown; empty for the usual ones.
    """

    filters: ClassVar[bool] = False
    keys: ClassVar[tuple[Key, ...]] = ()

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on, or None."""
        return None

    def header(self, width: int) -> Line:
        """Return the header with the titles of all tabs."""
        return header(self.id or "", width, focused=self.has_focus)

    def turn_to(self, path: int | None) -> None:
        """Be about the store path that is selected elsewhere; called when the tab is asked for."""

    def filter(self, text: str) -> None:
        """Show those rows only that have a match of a regular expression."""

    def whole(self) -> None:
        """Show all rows again."""

    def next_match(self, direction: int) -> None:
        """Go to the next row that has a match of the filter, or to the one before."""
