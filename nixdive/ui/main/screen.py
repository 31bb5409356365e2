"""The main screen: layers at the left, the closure at the right, the price of the last edit below.

What it can do stands in modules beside this one, each a class that builds on the one before:

planning    steps become requests to a worker, plans come back
editing     keys become steps: budget, strategy, pins, rates
arranging   steps that state layers one by one: merge, split, move, freeze
browsing    panes, tabs, what is selected, filters
telling     what tabs ask for is looked up, and told to them
comparing   files of layers, and what they are compared with
saving      images and plans are written and opened; the question before edits are lost
personal    the user's keys, the palette, folded panes, what is remembered

This module composes the panes, and shows them the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher, Static

from nixdive.ui.config.config import Wishes
from nixdive.ui.main.personal import PersonalScreen
from nixdive.ui.main.verbs import FOOTER_LEFT, FOOTER_RIGHT, MAIN
from nixdive.ui.panes.closure.details import PathDetails
from nixdive.ui.panes.closure.pane import ClosureTree
from nixdive.ui.panes.contents.details import FileDetails
from nixdive.ui.panes.contents.pane import ContentsPane
from nixdive.ui.panes.contents.waste import WastePane
from nixdive.ui.panes.diff.pane import DiffPane
from nixdive.ui.panes.layers.details import LayerDetails
from nixdive.ui.panes.layers.pane import LayersTable
from nixdive.ui.panes.layers.plan import PlanPane
from nixdive.ui.panes.lines.boundary_bar import BoundaryBar
from nixdive.ui.panes.lines.compare_line import CompareLine
from nixdive.ui.panes.lines.edit_line import EditLine, Told
from nixdive.ui.panes.lines.figures_line import FiguresLine
from nixdive.ui.panes.lines.filter_field import FilterField
from nixdive.ui.panes.lines.key_bar import KeyBar
from nixdive.ui.panes.lines.title_bar import TitleBar
from nixdive.ui.panes.planned import PlannedWidget
from nixdive.ui.panes.push.pane import PushPane
from nixdive.ui.panes.share.pane import SharePane
from nixdive.ui.panes.why.pane import WhyPane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.workspace.history import Edit
    from nixdive.workspace.priced_plan import Price
    from nixdive.workspace.workspace import Workspace

_NONE = Wishes()


class MainScreen(PersonalScreen):
    """Shows the workspace: its subject, its plan, and what the last edit did."""

    CSS_PATH = "screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*MAIN]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (80, "-compact"), (118, "-full")]  # noqa: RUF012  Textual's
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012  as above
        (0, "-flat"), (16, "-lowest"), (19, "-lower"), (22, "-low"), (24, "-short"), (34, "-tall"),
    ]  # fmt: skip

    def __init__(self, workspace: Workspace, hint: str, wishes: Wishes = _NONE) -> None:
        super().__init__(workspace, wishes)
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Put the panes where they belong."""
        yield TitleBar(id="title")
        yield FiguresLine(id="figures")
        yield BoundaryBar(id="bar")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield LayersTable(id="layers")
                yield LayerDetails(id="layer-details")
                with Vertical(id="plan"):
                    yield PlanPane()
                    yield WastePane()
            with Vertical(id="right"):
                with ContentSwitcher(id="tabs", initial="closure"):
                    yield ClosureTree(id="closure")
                    yield ContentsPane(id="contents")
                    yield WhyPane(id="why")
                    yield DiffPane(id="diff")
                    yield PushPane(id="push")
                    yield SharePane(id="share")
                yield PathDetails(id="path-details")
                yield FileDetails(id="file-details")
        yield EditLine(id="edit")
        yield CompareLine(id="compare-line")
        yield FilterField()
        yield KeyBar(FOOTER_LEFT, FOOTER_RIGHT, id="keys")
        yield Static("nixdive needs 60 columns and 16 rows", id="too-small", markup=False)

    def on_mount(self) -> None:
        """Show the subject."""
        for one in self.query("*").results(PlannedWidget):
            one.open(self.workspace)
        self.query_one(EditLine).hint = self._hint
        self._show_plan()
        self.give_keys(self.query_one(ClosureTree))
        if not len(self.workspace.subject.closure):  # an image without store paths is for those who know dive
            self.action_tab("contents")
            self.give_keys(self.query_one(LayersTable))
        self.show_unread()
        self.settle_in()

    def show_plan(self, edit: Edit | None, price: Price, *, undone: bool) -> None:
        """Show the plan of the workspace, and the edit that led there with its price."""
        line = self.query_one(EditLine)
        known = self.workspace.subject.closure.sized
        line.told = Told(edit, undone, price if known else None) if edit else None
        line.refusal = ""
        self._show_plan()
        self.tell_edit()

    def show_waiting(self) -> None:
        """Let the figures be quiet while a plan is being made."""
        self.query_one(FiguresLine).waiting = True

    def show_refusal(self, cause: str) -> None:
        """Show why an edit cannot be made."""
        self.query_one(EditLine).refusal = cause
        self.tell_edit()
        self.query_one(FiguresLine).waiting = False

    def show_saved(self) -> None:
        """Show that nothing is left to be written."""
        self.query_one(TitleBar).edits = self.workspace.shown.unwritten

    def _show_plan(self) -> None:
        workspace, priced = self.workspace, self.workspace.priced
        for one in self.query("*").results(PlannedWidget):
            one.before = workspace.before
            one.priced = priced
        self.query_one(FiguresLine).waiting = workspace.waiting
        self.query_one(TitleBar).edits = workspace.shown.unwritten
        line = self.query_one(EditLine)
        line.undo = workspace.shown.at > 0
        line.redo = workspace.shown.undone is not None
