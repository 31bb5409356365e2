"""The main screen: layers at the left, the closure at the right, the price of the last edit below."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher, Static

from nixdive.ui.figures import count
from nixdive.ui.keys import FOOTER_LEFT, FOOTER_RIGHT, MAIN
from nixdive.ui.messages import LayerChosen, LayerWanted, PathChosen, PathWanted
from nixdive.ui.naming import layer_name
from nixdive.ui.screens.planning import PlanningScreen
from nixdive.ui.tabs import after
from nixdive.ui.widgets.boundary_bar import BoundaryBar
from nixdive.ui.widgets.closure_tree import ClosureTree
from nixdive.ui.widgets.diff_pane import DiffPane
from nixdive.ui.widgets.edit_line import EditLine, Told
from nixdive.ui.widgets.figures_line import FiguresLine
from nixdive.ui.widgets.filter_field import FilterField
from nixdive.ui.widgets.key_bar import KeyBar
from nixdive.ui.widgets.layer_details import LayerDetails
from nixdive.ui.widgets.layers_table import LayersTable
from nixdive.ui.widgets.list_pane import ListPane
from nixdive.ui.widgets.path_details import PathDetails
from nixdive.ui.widgets.plan_pane import PlanPane
from nixdive.ui.widgets.planned import PlannedWidget
from nixdive.ui.widgets.push_pane import PushPane
from nixdive.ui.widgets.title_bar import TitleBar
from nixdive.ui.widgets.why_pane import WhyPane
from nixdive.visible import visible

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.image.spec import ImageSpec
    from nixdive.ui.curve import Curve
    from nixdive.ui.desk import Desk
    from nixdive.ui.history import Edit
    from nixdive.ui.standing import Price


class MainScreen(PlanningScreen):
    """Shows the desk: its subject, its plan, and what the last edit did."""

    CSS_PATH = "main.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*MAIN]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (80, "-compact"), (118, "-full")]  # noqa: RUF012  Textual's
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-low"), (24, "-short"), (34, "-tall")]  # noqa: RUF012  as above

    def __init__(self, desk: Desk, hint: str) -> None:
        super().__init__(desk)
        self._hint = hint
        self._spec = desk.subject.spec

    def compose(self) -> ComposeResult:
        """Put the panes where they belong."""
        yield TitleBar(id="title")
        yield FiguresLine(id="figures")
        yield BoundaryBar(id="bar")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield LayersTable(id="layers")
                yield LayerDetails(id="layer-details")
                yield PlanPane(id="plan")
            with Vertical(id="right"):
                with ContentSwitcher(id="tabs", initial="closure"):
                    yield ClosureTree(id="closure")
                    yield WhyPane(id="why")
                    yield DiffPane(id="diff")
                    yield PushPane(id="push")
                yield PathDetails(id="path-details")
        yield EditLine(id="edit")
        yield FilterField()
        yield KeyBar(FOOTER_LEFT, FOOTER_RIGHT, id="keys")
        yield Static("nixdive needs 60 columns and 16 rows", id="too-small", markup=False)

    def on_mount(self) -> None:
        """Show the subject."""
        desk = self.desk
        baseline = desk.baseline.name if desk.baseline else ""
        title = self.query_one(TitleBar)
        title.image, title.baseline = desk.subject.name, baseline
        self.query_one(PlanPane).image = desk.subject.name
        self.query_one(LayerDetails).baseline = baseline
        self.query_one(EditLine).hint = self._hint
        closure = desk.subject.closure
        self.query_one(LayersTable).closure = closure
        self.query_one(LayerDetails).closure = closure
        self.query_one(PathDetails).closure = closure
        self.query_one(WhyPane).closure = closure
        self.query_one(DiffPane).show(closure, desk.baseline)
        self.query_one(PushPane).show(closure, desk.baseline)
        self._show_standing()
        tree = self.query_one(ClosureTree)
        tree.show(closure)
        self._give_keys(tree)

    def show_plan(self, edit: Edit | None, price: Price, *, undone: bool) -> None:
        """Show the plan of the desk, and the edit that led there with its price."""
        line = self.query_one(EditLine)
        known = self.desk.subject.closure.sized
        line.told = Told(edit, undone, price if known else None) if edit else None
        line.refusal = ""
        self._show_standing()

    def show_curve(self, curve: Curve) -> None:
        """Show what releases cost over the layer budget."""
        self.query_one(PushPane).curve = curve

    def show_waiting(self) -> None:
        """Let the figures be quiet while a plan is being made."""
        self.query_one(FiguresLine).waiting = True

    def show_refusal(self, cause: str) -> None:
        """Show why an edit cannot be made."""
        self.query_one(EditLine).refusal = cause
        self.query_one(FiguresLine).waiting = False

    @property
    def selected_layer(self) -> int:
        """The index of the selected layer."""
        return self.query_one(LayersTable).cursor

    @property
    def selected_path(self) -> int | None:
        """The index of the selected store path."""
        return self.query_one(PathDetails).path

    @property
    def in_layers(self) -> bool:
        """Whether the keys go to the layers."""
        return self.query_one(LayersTable).has_focus

    def _show_standing(self) -> None:
        desk, standing = self.desk, self.desk.standing
        for one in self.query("*").results(PlannedWidget):
            one.before = desk.before
            one.standing = standing
        self.query_one(FiguresLine).waiting = desk.waiting
        self.query_one(TitleBar).edits = desk.shown.unwritten
        line = self.query_one(EditLine)
        line.undo = desk.shown.at > 0
        line.redo = desk.shown.undone is not None

    @on(LayerChosen)
    def _layer_chosen(self, message: LayerChosen) -> None:
        self.query_one(LayerDetails).index = message.index
        self.query_one(BoundaryBar).index = message.index

    @on(PathChosen)
    def _path_chosen(self, message: PathChosen) -> None:
        self.query_one(PathDetails).path = message.path

    @on(LayerWanted)
    def _layer_wanted(self, message: LayerWanted) -> None:
        table = self.query_one(LayersTable)
        if table.has_focus and table.cursor == message.index:
            self._list_layer(message.index)
        table.cursor = message.index

    def _list_layer(self, index: int) -> None:
        closure = self.desk.subject.closure
        layer = self.desk.standing.plan.layers[index]
        if layer.paths:
            words = f"layer {index + 1} {layer_name(layer, closure)}"
            self.action_tab("closure")
            self.query_one(ClosureTree).pick((closure.index[path] for path in layer.paths), words)

    @on(PathWanted)
    def _path_wanted(self, message: PathWanted) -> None:
        self.action_tab("closure")
        self.query_one(ClosureTree).reveal(message.path)

    @on(FilterField.Typed)
    def _filter_typed(self, message: FilterField.Typed) -> None:
        tree = self.query_one(ClosureTree)
        if message.text:
            tree.filter(message.text)
        else:
            tree.whole()
        if message.finished:
            self.remove_class("-filtering")
            tree.focus()

    def action_filter(self) -> None:
        """Open the field for a filter."""
        self.action_tab("closure")
        self.add_class("-filtering")
        self.query_one(FilterField).open()

    def action_whole(self) -> None:
        """Show the whole closure again instead of a list."""
        self.query_one(ClosureTree).whole()

    def action_tab(self, name: str) -> None:
        """Show a tab of the right pane, and give it the keys."""
        if name == "why":
            self.query_one(WhyPane).path = self.selected_path
        self.query_one("#tabs", ContentSwitcher).current = name
        self.set_class(name == "push", "-pushes")  # the plot takes the place of the store path
        self._give_keys(self._tab)

    def action_next_tab(self) -> None:
        """Show the next tab."""
        self.action_tab(after(self._tab.id or "closure"))

    def action_pane(self, _direction: int) -> None:
        """Give the keys to the other side."""
        self.action_go("right" if self.in_layers else "layers")

    def action_go(self, side: str) -> None:
        """Give the keys to a side."""
        self._give_keys(self.query_one(LayersTable) if side == "layers" else self._tab)

    @property
    def _tab(self) -> ListPane:
        """The tab that is shown on the right."""
        return self.query_one(f"#{self.query_one('#tabs', ContentSwitcher).current}", ListPane)

    def _give_keys(self, pane: ListPane) -> None:
        self.set_class(not isinstance(pane, LayersTable), "-right")
        pane.focus()

    def action_sort(self) -> None:
        """Sort the closure by the next column."""
        self.query_one(ClosureTree).action_sort()

    def action_copy(self) -> None:
        """Copy the selected store path."""
        if self.selected_path is not None:
            path = self.desk.subject.closure.paths[self.selected_path]
            self.app.copy_to_clipboard(path)
            self.notify(f"Copied {visible(path)}", timeout=5, markup=False)

    def action_help(self) -> None:
        """Show keys and words."""
        from nixdive.ui.dialogs.help import HelpDialog

        self.app.push_screen(HelpDialog())

    def action_write(self) -> None:
        """Write the image."""
        from nixdive.ui.screens.writing import write

        subject = self.desk.subject
        if subject.missing:
            self.notify(
                f"{count(subject.missing, 'path')} of the closure are not on this machine\n"
                "Planning needs no files; to write, build or copy the paths first (nix build, nix copy)",
                title="The image cannot be written here",
                severity="error",
                timeout=60,
                markup=False,
            )
            return

        def done(spec: ImageSpec) -> None:
            self._spec = spec
            self.desk.saved()
            self.query_one(TitleBar).edits = self.desk.shown.unwritten

        write(self.app, subject, self._spec, self.desk.standing.plan, done)

    def action_leave(self) -> None:
        """Quit; ask once where edits are not written."""
        from nixdive.ui.dialogs.leave import LeaveDialog

        edits = self.desk.shown.unwritten
        if not edits or isinstance(self.app.screen, LeaveDialog):
            self.app.exit()
            return

        def decided(answer: str | None) -> None:
            if answer == "leave":
                self.app.exit()
            elif answer == "write":
                self.action_write()

        self.app.push_screen(LeaveDialog(edits), decided)
