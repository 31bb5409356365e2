"""The part of the main screen that shows files: what belongs to the Contents tab comes and goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import get_current_worker

from nixdive.errors import Cancelled, NixdiveError
from nixdive.ui.main.telling import TellingScreen
from nixdive.ui.meter import Meter
from nixdive.ui.panes.contents.details import FileDetails
from nixdive.ui.panes.contents.pane import ContentsPane
from nixdive.ui.panes.contents.waste import WastePane
from nixdive.ui.panes.contents.words import against
from nixdive.ui.panes.layers.pane import LayersTable
from nixdive.ui.panes.lines.compare_line import CompareLine
from nixdive.ui.panes.messages import (
    ContentsShown,
    ExtractWanted,
    FileChosen,
    LayerChosen,
    LayerWanted,
    StepsFound,
    WasteReady,
)
from nixdive.visible import visible
from nixdive.workspace.files.file_difference import difference

if TYPE_CHECKING:
    from textual.timer import Timer

    from nixdive.layering.plan import LayerPlan
    from nixdive.workspace.files.compared import Compared
    from nixdive.workspace.files.comparer import FileComparer
    from nixdive.workspace.files.comparison import Comparison

_TOLD = 0.3  # seconds from a key to the end of the last edit's price


class ComparingScreen(TellingScreen):
    """Shows files of layers, what they are compared with, and what the image wastes."""

    _quiet: Timer | None = None

    @property
    def files(self) -> ContentsPane:
        """The tab of the files."""
        return self.query_one(ContentsPane)

    @property
    def shows_files(self) -> bool:
        """Whether that is the tab that is shown."""
        return self.shown_tab is self.files

    def action_tab(self, name: str) -> None:
        """Show a tab of the right pane, and give it the keys."""
        self._show_tab(name)
        super().action_tab(name)

    def action_contents(self) -> None:
        """Show the files of the selected layer; in Layers the keys stay there where both have room."""
        stay = self.in_layers and not self.has_class("-narrow")
        self.action_tab("contents")
        if stay:
            self.give_keys(self.query_one(LayersTable))

    def action_in_contents(self, action: str, argument: str = "") -> None:
        """Do what a key of the tab does, wherever the keys go."""
        act = getattr(self.files, f"action_{action}")
        if argument:
            act(argument)
        else:
            act()

    def action_compare(self, how: str) -> None:
        """Compare this layer alone, or all layers up to it; in Layers the files are shown for it."""
        if not self.shows_files:
            if not self.in_layers:
                return
            self.action_contents()
        now = self.files.comparison
        self.files.comparison = {"layer": now.alone, "all": now.all, "toggle": now.toggled}[how]()

    def action_compare_with(self) -> None:
        """Ask what files are compared with."""
        from nixdive.ui.dialogs.compare import CompareDialog

        def decided(comparison: Comparison | None) -> None:
            if comparison is not None:
                self.files.comparison = comparison

        if not self.shows_files and not self.in_layers:
            return
        if not self.shows_files:
            self.action_contents()
        name = self.workspace.baseline.name if self.workspace.baseline else None
        layers = len(self.workspace.priced.plan.layers)
        self.app.push_screen(CompareDialog(self.files.comparison, self.selected_layer, layers, name), decided)

    def action_copy(self) -> None:
        """Copy the selected store path; among files the path inside the image."""
        text = self.files.copied if self.shows_files and not self.in_layers else None
        if text is None:
            super().action_copy()
        else:
            self.copy(text)

    def tell_edit(self) -> None:
        """Let the edit line stand over the comparison until a key that is no edit."""
        if self._quiet is not None:
            self._quiet.stop()
        self.add_class("-told")

    def on_key(self) -> None:
        """Let the comparison come back soon, unless the key was an edit."""
        if self.has_class("-told"):
            if self._quiet is not None:
                self._quiet.stop()
            self._quiet = self.set_timer(_TOLD, self._forget_edit)

    def _forget_edit(self) -> None:
        if not self.workspace.waiting:
            self.remove_class("-told")

    def _show_tab(self, name: str) -> None:
        shown = name == self.files.id
        if not shown:
            self.files.leave()
        self.set_class(shown, "-contents")
        if shown:
            self.remove_class("-told")
        self.query_one(LayersTable).extent = self.files.extent if shown else None

    def on_descendant_focus(self) -> None:
        """Say whether the keys go to the files."""
        self.query_one(CompareLine).in_tree = self.files.has_focus

    @on(LayerChosen)
    def _files_of_layer(self, message: LayerChosen) -> None:
        self.files.index = message.index

    @on(LayerWanted)
    def _keys_to_files(self, message: LayerWanted) -> None:
        if self.shows_files and self.in_layers:
            message.prevent_default()
            self.give_keys(self.files)

    @on(ContentsShown)
    def _contents_shown(self) -> None:
        pane, line = self.files, self.query_one(CompareLine)
        if self.shows_files:
            self.query_one(LayersTable).extent = pane.extent
        baseline = self.workspace.baseline
        wanted = pane.comparison.baseline and pane.comparison.start is None
        name = baseline.name if baseline is not None and wanted else None
        if pane.compared is not None and not pane.reading:
            name = pane.compared.against
        line.against = against(pane.extent, name)
        line.absent = visible(baseline.name) if baseline and wanted and name is None else ""
        line.whole = pane.comparison.whole or pane.comparison.start is not None
        if pane.branches is not None:
            line.kinds = pane.branches.kinds

    @on(FileChosen)
    def _file_chosen(self, message: FileChosen) -> None:
        details = self.query_one(FileDetails)
        if message.name != details.file or message.compared is not details.compared:
            details.compared, details.file = message.compared, message.name
            details.steps, details.differs = None, ""
            if message.name is not None and message.compared is not None:
                plan = self.workspace.priced.plan
                self._find_steps(self.files.source, plan, message.compared, message.name)

    @work(thread=True, exclusive=True, group="steps", exit_on_error=False)
    def _find_steps(self, source: FileComparer, plan: LayerPlan, compared: Compared, name: bytes) -> None:
        worker = get_current_worker()
        meter = Meter(lambda: worker.is_cancelled)
        try:
            steps = source.steps(plan, name, meter)
            differs = difference(compared, name, meter)
        except (Cancelled, NixdiveError):
            return
        if not worker.is_cancelled:
            self.post_message(StepsFound(name, steps, differs))

    @on(StepsFound)
    def _steps_found(self, message: StepsFound) -> None:
        details = self.query_one(FileDetails)
        if details.file == message.name:
            details.steps, details.differs = message.steps, message.differs

    @on(WasteReady)
    def _waste_ready(self, message: WasteReady) -> None:
        self.query_one(WastePane).waste = message.waste

    @on(ExtractWanted)
    def _extract_wanted(self, message: ExtractWanted) -> None:
        from nixdive.ui.dialogs.extraction import extract

        extract(
            self.app,
            self.workspace.subject,
            self.workspace.priced.plan,
            layer=self.selected_layer,
            compared=message.compared,
            name=message.name,
        )
