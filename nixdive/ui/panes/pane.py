"""What the panes have in common: what they show, what they tell the screen, and their tabs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, Self, runtime_checkable

from textual.message import Message

from nixdive.ui.draw.headings import tabs
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.verbs import PANES
from nixdive.workspace.found_layer import FoundLayer, found_layer

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.ui.config.keymap import KeySigns
    from nixdive.ui.listing import Listing
    from nixdive.ui.panes.closure.filter import Query
    from nixdive.workspace.files.comparison import Compared
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.workspace import Workspace

TABS: Final = {name: title for name, title in PANES.items() if name not in {"layers", "waste"}}
_VERBS: Final = {"why": "why", "diff": "diff"}


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is shown at one moment.

    Attributes:
        workspace: the subject, the baseline and what else no edit changes.
        priced: the plan with its figures.
        before: the plan before the last edit, or None where there was none.
        keys: the keys that verbs have now.
    """

    workspace: Workspace
    priced: PricedPlan
    before: PricedPlan | None
    keys: KeySigns

    @classmethod
    def of(cls, workspace: Workspace, keys: KeySigns) -> Self:
        """Return the view of the plan that the workspace shows."""
        return cls(workspace, workspace.priced, workspace.before, keys)

    @property
    def closure(self) -> Closure:
        """The closure that the plan is of."""
        return self.workspace.subject.closure

    def found(self, index: int) -> FoundLayer | None:
        """Return what the image that was opened says of a layer; None for one that is made anew."""
        workspace = self.workspace
        return found_layer(workspace.subject, self.priced.plan.layers[index], workspace.checked)

    @property
    def baseline(self) -> str:
        """The name of the earlier version; empty where there is none."""
        return self.workspace.baseline.name if self.workspace.baseline else ""


@dataclass
class LayerChosen(Message):
    """The user went to a layer."""

    index: int


@dataclass
class LayersMarked(Message):
    """The user marked a layer, or took a mark away."""


@dataclass
class PathChosen(Message):
    """The user went to a store path."""

    path: int


@dataclass
class LayerWanted(Message):
    """The user asks for a layer to be shown."""

    index: int


@dataclass
class PathWanted(Message):
    """The user asks for a store path to be shown in the closure."""

    path: int


@dataclass
class ContentsShown(Message):
    """The pane of the files shows something else: other layers, kinds of change or another comparison."""


@dataclass
class FileChosen(Message):
    """The user went to a file of a layer; there is no name where no file is shown."""

    compared: Compared | None
    name: bytes | None


@dataclass
class FileOpened(Message):
    """The user asks for the beginning of a file."""

    compared: Compared
    name: bytes


@dataclass
class ExtractWanted(Message):
    """The user asks for a file, a directory or the layer to be written to the disk."""

    compared: Compared
    name: bytes


@dataclass
class FileWanted(Message):
    """The user asks for a file of a layer to be shown, and perhaps extracted."""

    name: bytes
    layer: int
    extract: bool


class Pane(Protocol):
    """A pane with a list, which can show a part of its rows.

    Attributes:
        listing: the rows.
        filter_hint: what stands in the field while no filter is typed.
    """

    listing: Listing
    filter_hint: str

    @property
    def id(self) -> str | None:
        """The id of the widget, a key of `PANES`."""

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter; empty where nothing is."""

    def show(self, view: View) -> None:
        """Show another plan."""

    def filter(self, text: str) -> None:
        """Show what a text finds."""

    def whole(self) -> None:
        """Show all again."""

    def next_match(self, direction: int) -> None:
        """Go to the next or the previous thing that the filter has found."""


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


def nothing_found(what: str, query: Query, keys: KeySigns) -> Line:
    """Return that a filter finds nothing, and the key that takes it away."""
    clears = Span(f"  {keys.first('whole')} clears", "faint", action="screen.do('whole')")
    return (Span(f"no {what} matches {query.called}", "faint"), clears)


def header(shown: str, cells: int, *, focused: bool) -> Line:
    """Return the header of a tab: all titles, the shown one marked; a click on another one shows it."""
    names = tuple(TABS)
    actions = tuple(f"screen.do('{_VERBS.get(name, f'tab.{name}')}')" for name in names)
    return tabs(tuple(TABS.values()), names.index(shown), cells, focused=focused, actions=actions)


def after(shown: str) -> str:
    """Return the name of the tab that comes next."""
    names = tuple(TABS)
    return names[(names.index(shown) + 1) % len(names)]
