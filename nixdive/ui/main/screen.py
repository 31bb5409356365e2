"""The main screen: layers at the left, the closure at the right, the price of the last edit below.

It composes the panes, shows them the plan, and hands each verb to the part that does it:

planning     steps become requests to the background, plans come back
editing      keys become steps: budget, strategy, pins, rates, layers arranged by hand
browsing     sides, tabs, filters, what is copied
files        the files of layers, and what they are compared with
telling      the edit line: the last edit, a refusal, the best next edit
saving       images and plans are written and opened; the question before edits are lost
sharing      another image of the registry is opened, joint layers are taken on
arrangement  the boundary, folded panes, what is remembered
palette      the command palette and the help
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on
from textual.actions import parse
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Static

from nixdive.errors import PlanError
from nixdive.ui.config.config import Wishes
from nixdive.ui.dialogs.dialog import LEAST_COLUMNS, LEAST_ROWS, TOO_SMALL, DialogScreen
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.jobs import Jobs, tell
from nixdive.ui.main import telling
from nixdive.ui.main.arrangement import Arrangement, Boundary
from nixdive.ui.main.browsing import Browsing
from nixdive.ui.main.editing import Editing
from nixdive.ui.main.files import Files
from nixdive.ui.main.palette import Palette, bound_keys
from nixdive.ui.main.planning import Planning
from nixdive.ui.main.saving import Saving
from nixdive.ui.main.selection import Selection
from nixdive.ui.main.sharing import Sharing
from nixdive.ui.main.telling import Telling
from nixdive.ui.panes.closure.details import path_details
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.contents.details import file_details
from nixdive.ui.panes.contents.pane import ContentsPane
from nixdive.ui.panes.contents.waste import WastePane
from nixdive.ui.panes.diff.pane import DiffPane
from nixdive.ui.panes.layers.details import STAY, layer_details, plan_details
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.ui.panes.lines.above import boundary_bar, figures_line, title_bar
from nixdive.ui.panes.lines.below import compare_line, key_bar
from nixdive.ui.panes.lines.filter_field import FilterField
from nixdive.ui.panes.pane import (
    ContentsShown,
    ExtractWanted,
    FileChosen,
    FileOpened,
    FileWanted,
    LayerChosen,
    LayersMarked,
    LayerWanted,
    PathChosen,
    PathWanted,
    View,
)
from nixdive.ui.panes.push.pane import PushPane
from nixdive.ui.panes.share.pane import SharePane
from nixdive.ui.panes.why.pane import WhyPane
from nixdive.ui.verbs import BY_ID, EVERYWHERE, FOOTER_RIGHT, FOOTERS, PANES, Verb, bindings
from nixdive.words import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from nixdive.errors import NixdiveError
    from nixdive.ui.draw.line import Line
    from nixdive.workspace.history import Edit
    from nixdive.workspace.price import Price
    from nixdive.workspace.wire import WireSizes
    from nixdive.workspace.workspace import Workspace

    Draw = Callable[[int, int], list[Line]]

_NONE = Wishes()
_TITLES = {title: name for name, title in PANES.items()}


class MainScreen(Screen[None]):
    """Shows the workspace: its subject, its plan, and what the last edit did."""

    CSS_PATH = "screen.tcss"
    BINDINGS = [*bindings(EVERYWHERE)]  # noqa: RUF012  as Textual has it, like the next two
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-tiny"), (LEAST_COLUMNS, "-narrow"), (80, "-compact"), (118, "-full"),
    ]  # fmt: skip
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-flat"), (LEAST_ROWS, "-lowest"), (19, "-lower"), (22, "-low"), (24, "-short"), (34, "-tall"),
        (54, "-roomy"),
    ]  # fmt: skip

    def __init__(self, workspace: Workspace, hint: str, wishes: Wishes = _NONE) -> None:
        super().__init__()
        self.workspace = workspace
        self.jobs = Jobs(self)
        self.planning = Planning(workspace, self.jobs, self)
        self.keys, self._notices = bound_keys(wishes)
        self.view = view = View.of(workspace, self.keys)
        self.editing, self.browsing, self.files = Editing(self), Browsing(self), Files(self)
        self.saving, self.palette = Saving(self), Palette(self)
        self.sharing = Sharing(self)
        self.telling = Telling(self, hint)
        self.arrangement = Arrangement(self, wishes.memory)
        self.layers_pane = LayersPane(view, id="layers")
        self.closure_pane = ClosurePane(view, id="closure")
        self.contents_pane = ContentsPane(view, self.jobs, self.files.show_waste, id="contents")
        self.waste_pane = WastePane(view, id="waste")
        self.why_pane = WhyPane(view, self.jobs, id="why")
        self.diff_pane = DiffPane(view, self.jobs, id="diff")
        self.push_pane = PushPane(view, self.jobs, id="push")
        self.share_pane = SharePane(view, self.jobs, id="share")
        right = (
            self.closure_pane,
            self.contents_pane,
            self.why_pane,
            self.diff_pane,
            self.push_pane,
            self.share_pane,
        )
        self.tabs = {pane.id or "": pane for pane in right}
        self.panes = {"layers": self.layers_pane, "waste": self.waste_pane, **self.tabs}
        self.switcher = ContentSwitcher(id="tabs", initial="closure")
        self.field = FilterField()
        self._waiting = False
        self._path: int | None = None

    def compose(self) -> ComposeResult:
        """Put the panes where they belong."""
        yield Drawn(lambda w, _: [title_bar(self.view, w)], ground="panel", id="title")
        yield Drawn(lambda w, _: [figures_line(self.view, w, waiting=self._waiting)], id="figures")
        yield Drawn(lambda w, _: boundary_bar(self.view.priced, self.layers_pane.chosen, w), id="bar")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield self.layers_pane
                yield Drawn(
                    lambda w, h: layer_details(self.view, self.layers_pane.chosen, w, h),
                    id="layer-details",
                )
                with Vertical(id="plan"):
                    yield Drawn(lambda w, h: plan_details(self.view, w, h), id="plan-details")
                    yield self.waste_pane
            yield Boundary(self.arrangement.place)
            with Vertical(id="right"):
                with self.switcher:
                    yield from self.tabs.values()
                yield Drawn(lambda w, _: path_details(self.view, self._path, w), id="path-details")
                yield Drawn(lambda w, _: file_details(self.files.file, w), id="file-details")
        yield Drawn(self._draw_edit, ground="raised", id="edit")
        yield Drawn(
            lambda w, _: [compare_line(self.files.compares, w, self.keys)], ground="raised", id="compare-line"
        )
        yield self.field
        yield Drawn(self._draw_keys, ground="panel", id="keys")
        yield Static(TOO_SMALL, id="too-small", markup=False)

    def _draw_edit(self, width: int, _height: int) -> list[Line]:
        return [self.telling.line(width)]

    def _draw_keys(self, width: int, _height: int) -> list[Line]:
        pane = self.browsing.focused.id or ""
        if pane == "layers" and not self.view.priced.lays_out:
            pane = "found"
        return [key_bar(FOOTERS.get(pane, FOOTERS[""]), FOOTER_RIGHT, self.keys, width)]

    def on_mount(self) -> None:
        """Show the subject."""
        self._show_plan()
        self.jobs.ask("samples", self.workspace.sample, self._sampled)
        if telling.IDLE is not None:
            self.set_timer(telling.IDLE, self.check_digests)
        self.browsing.give_keys(self.closure_pane)
        if not len(self.workspace.subject.closure):  # an image without store paths is for those who know dive
            self.browsing.tab("contents")
            self.browsing.go("layers")
        for error in self.workspace.unread:
            tell(self, error, title="Another image cannot be read", timeout=20)
        if self.keys.keymap:
            self.app.set_keymap(self.keys.keymap)
        if self._notices:
            words = "\n".join(self._notices)
            self.notify(words, title="Configuration", severity="warning", timeout=60, markup=False)
        self.arrangement.settle_in()

    def on_unmount(self) -> None:
        """Stop what is being worked out."""
        self.jobs.close()

    def on_screen_suspend(self) -> None:
        """Leave the processors to the dialog that has opened."""
        self.planning.rest()
        self.telling.rest()

    def on_screen_resume(self) -> None:
        """Work ahead while nothing is asked for."""
        self.planning.look_ahead_soon()
        self.telling.go_on()

    def on_resize(self) -> None:
        """Put the boundary where it belongs."""
        self.arrangement.fit()

    def on_descendant_focus(self) -> None:
        """Show the keys of the pane that has them now."""
        self.refresh_lines("keys")
        self.files.keys_moved()

    @property
    def shown_tab(self) -> ClosurePane | ContentsPane | WhyPane | DiffPane | PushPane | SharePane:
        """The tab that is shown on the right."""
        return self.tabs[self.switcher.current or "closure"]

    @property
    def selection(self) -> Selection:
        """What is selected now."""
        table = self.layers_pane
        found = self.closure_pane.found
        return Selection(
            table.chosen,
            self._path,
            table.listing.has_focus,
            table.marked,
            found.matches if found is not None else (),
        )

    async def action_do(self, verb: str) -> None:
        """Do what a verb says."""
        await self.do(BY_ID[verb])

    async def do(self, verb: Verb) -> None:
        """Hand a verb to the part of the screen that does it, or to the pane whose action it is."""
        if "." in verb.does:
            part, method, values = parse(verb.does)
            if part == "editing" and not self.view.priced.lays_out:
                self.refuse(PlanError(STAY))
                return
            getattr(getattr(self, part), method)(*values)
            return
        pane = self.panes[_TITLES[verb.where]] if verb.where in _TITLES else self.focused
        if pane is not None:
            await self.app.run_action(verb.does, default_namespace=pane)

    def action_layer(self, index: int) -> None:
        """Select a layer."""
        self._layer_wanted(LayerWanted(index))

    async def action_fold(self, pane: str, row: int) -> None:
        """Fold or open what is below a row of a tree."""
        self.panes[pane].listing.cursor = row
        await self.app.run_action("fold", default_namespace=self.tabs[pane])

    def action_order(self, pane: str, name: str) -> None:
        """Sort the rows of a pane by a column."""
        self.browsing.order(pane, name)

    def refresh_lines(self, *ids: str) -> None:
        """Draw some lines again."""
        if self.is_mounted:
            for one in ids:
                self.query_one(f"#{one}").refresh()

    def ask(self, dialog: Any, decided: Callable[[Any], None], *, classes: str | None = None) -> None:
        """Open a dialog; what it answers is decided, None where it was left."""
        screen: DialogScreen[Any] = DialogScreen(dialog, classes=classes)
        self.app.push_screen(screen, decided)

    def edit(self, step: Edit | None) -> None:
        """Make one more step, if it is one."""
        self.planning.edit(step)

    def edit_when_shown(self, make: Callable[[], Edit | None]) -> None:
        """Make a step that depends on the plan, as soon as the one that is asked for is shown."""
        self.planning.edit_when_shown(make)

    def show_plan(self, edit: Edit | None, price: Price, *, undone: bool) -> None:
        """Show the plan of the workspace, and the edit that led there with its price."""
        self._show_plan()
        self.telling.planned(edit, price, undone=undone)

    def show_waiting(self) -> None:
        """Let the figures be quiet while a plan is being made."""
        self._waiting = self.workspace.waiting
        self.refresh_lines("figures")

    def refuse(self, error: NixdiveError) -> None:
        """Show why something cannot be done, what can be done about it, and with which key."""
        self._waiting = False
        self.refresh_lines("figures")
        self.telling.refuse(error)

    def _show_plan(self) -> None:
        self.view = View.of(self.workspace, self.keys)
        self._waiting = self.workspace.waiting
        for pane in self.panes.values():
            pane.show(self.view)
        self.refresh_lines("title", "figures", "bar", "layer-details", "plan-details", "path-details", "edit")
        self.arrangement.share_rows()

    def _sampled(self, wire: WireSizes) -> None:
        """Show seconds by what samples of the files say of wire bytes."""
        if wire.sampled:
            self.workspace.take(wire)
            self.push_pane.forget_curve()
            self._show_plan()
            self.planning.look_ahead_soon()

    def check_digests(self) -> None:
        """Have the layers of the image read, to say which digests are those of their bytes."""
        self.jobs.ask("digests", self.workspace.check_digests, self._checked)

    def _checked(self, wrong: list[int]) -> None:
        self.refresh_lines("layer-details")
        if wrong:
            layers = f"{'layer' if len(wrong) == 1 else 'layers'} {listed((place + 1 for place in wrong), 8)}"
            words = f"{layers} of the image: the bytes are not what its documents state"
            self.notify(words, title="Wrong digests", severity="error", timeout=60, markup=False)

    def on_key(self) -> None:
        """Let the edit line say something else after a key that is not an edit."""
        self.telling.key()

    @on(LayerChosen)
    def _layer_chosen(self, message: LayerChosen) -> None:
        self.contents_pane.turn_to_layer(message.index)
        self.refresh_lines("layer-details", "bar")
        self.arrangement.share_rows()
        self.telling.marks(self.editing.merging)

    @on(LayersMarked)
    def _layers_marked(self) -> None:
        self.telling.marks(self.editing.merging, changed=True)

    @on(LayerWanted)
    def _layer_wanted(self, message: LayerWanted) -> None:
        pane = self.layers_pane
        here = pane.listing.has_focus and pane.chosen == message.index
        planned = self.view.priced.lays_out and self.files.shown
        if here and not planned and not self.view.priced.plan.layers[message.index].paths:
            self.browsing.describe_layer()
            return
        if self.files.shown and pane.listing.has_focus:
            self.browsing.give_keys(self.contents_pane)
            return
        if here:
            self.browsing.list_layer(message.index)
        pane.select(message.index)

    @on(PathChosen)
    def _path_chosen(self, message: PathChosen) -> None:
        self._path = message.path
        self.refresh_lines("path-details")

    @on(PathWanted)
    def _path_wanted(self, message: PathWanted) -> None:
        self.browsing.show_path(message.path)

    @on(FilterField.Typed)
    def _filter_typed(self, message: FilterField.Typed) -> None:
        self.browsing.take_filter(message.text, finished=message.finished)

    @on(ContentsShown)
    def _contents_shown(self) -> None:
        self.files.changed()

    @on(FileChosen)
    def _file_chosen(self, message: FileChosen) -> None:
        self.files.choose(message.compared, message.name)

    @on(FileOpened)
    def _file_opened(self, message: FileOpened) -> None:
        self.files.preview(message.compared, message.name)

    @on(FileWanted)
    def _file_wanted(self, message: FileWanted) -> None:
        self.files.show_file(message)

    @on(ExtractWanted)
    def _extract_wanted(self, message: ExtractWanted) -> None:
        self.files.extract(message.compared, message.name)
