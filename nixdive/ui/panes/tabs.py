"""The tabs of the right side: their order, their header, and what a pane there can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from nixdive.ui.draw.headings import tabs
from nixdive.ui.verbs import PANES

if TYPE_CHECKING:
    from nixdive.ui.draw.line import Line
    from nixdive.ui.listing import Listing
    from nixdive.ui.panes.view import View

TABS: Final = {name: title for name, title in PANES.items() if name != "layers"}
_VERBS: Final = {"why": "why", "diff": "diff"}


class Pane(Protocol):
    """A pane with a list."""

    listing: Listing

    def show(self, view: View) -> None:
        """Show another plan."""


class Tab(Pane, Protocol):
    """A pane of the right side."""

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on, or None."""

    def turn_to(self, path: int | None) -> None:
        """Be about the store path that is selected elsewhere; called when the tab is asked for."""


@runtime_checkable
class Sorts(Protocol):
    """A pane whose rows have several orders."""

    @property
    def order_name(self) -> str:
        """What the rows are sorted by, for the next time."""

    def order_by(self, name: str) -> None:
        """Sort the rows by what an earlier `order_name` said; what is unknown is passed over."""

    def sort(self) -> None:
        """Sort by the next column."""


@runtime_checkable
class Filters(Protocol):
    """A pane that can show a part of its rows.

    Attributes:
        filter_hint: what stands in the field while nothing is typed.
    """

    filter_hint: str

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter; empty where nothing is."""

    def filter(self, text: str) -> None:
        """Show what a text finds."""

    def whole(self) -> None:
        """Show all again."""

    def next_match(self, direction: int) -> None:
        """Go to the next or the previous thing that the filter has found."""


def header(shown: str, cells: int, *, focused: bool) -> Line:
    """Return the header of a tab: all titles, the shown one marked; a click on another one shows it."""
    names = tuple(TABS)
    actions = tuple(f"screen.do('{_VERBS.get(name, f'tab.{name}')}')" for name in names)
    return tabs(tuple(TABS.values()), names.index(shown), cells, focused=focused, actions=actions)


def after(shown: str) -> str:
    """Return the name of the tab that comes next."""
    names = tuple(TABS)
    return names[(names.index(shown) + 1) % len(names)]
