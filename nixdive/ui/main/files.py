"""The files of layers: what belongs to the Contents tab comes and goes with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.ui.panes.contents.details import File
from nixdive.ui.panes.contents.rows import against
from nixdive.ui.panes.lines.below import Compares
from nixdive.visible import visible
from nixdive.workspace.files.comparer import difference

if TYPE_CHECKING:
    from nixdive.contents.history import Step
    from nixdive.ui.jobs import Meter
    from nixdive.ui.main.screen import MainScreen
    from nixdive.ui.panes.pane import FileWanted
    from nixdive.workspace.files.comparison import Compared, Comparison, Waste


class Files:
    """Which files are shown, what they are compared with, and what is known of the selected one.

    Attributes:
        compares: what the line below says of them.
        file: the selected one.
    """

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self.compares = Compares()
        self.file = File()

    @property
    def shown(self) -> bool:
        """Whether that is the tab that is shown."""
        return self._screen.shown_tab is self._screen.contents_pane

    def open(self) -> None:
        """Show the files of the selected layer; in Layers the keys stay there where both have room."""
        stay = self._screen.selection.in_layers and not self._screen.has_class("-narrow")
        self._screen.browsing.tab("contents")
        if stay:
            self._screen.browsing.go("layers")

    def compare(self, how: str) -> None:
        """Compare this layer alone, or all layers up to it; in Layers the files are shown for it."""
        if self._ready():
            now = self._screen.contents_pane.reader.comparison
            self._screen.contents_pane.compare(
                {"layer": now.alone, "all": now.all, "toggle": now.toggled}[how]()
            )

    def compare_with(self) -> None:
        """Ask what files are compared with."""
        from nixdive.ui.dialogs.compare import CompareDialog

        def decided(comparison: Comparison | None) -> None:
            if comparison is not None:
                self._screen.contents_pane.compare(comparison)

        if self._ready():
            workspace, now = self._screen.workspace, self._screen.contents_pane.reader.comparison
            name = workspace.baseline.name if workspace.baseline else None
            layers = len(workspace.priced.plan.layers)
            self._screen.ask(CompareDialog(now, self._screen.selection.layer, layers, name), decided)

    def _ready(self) -> bool:
        """Show the files where the keys go to the layers; return whether they are shown."""
        if not self.shown and self._screen.selection.in_layers:
            self.open()
        return self.shown

    def tab_changes(self, name: str) -> None:
        """Take it that a tab will be shown."""
        screen = self._screen
        shown = name == screen.contents_pane.id
        if not shown:
            screen.contents_pane.reader.leave()
        else:
            screen.telling.give_way()
        screen.set_class(shown, "-contents")
        screen.call_after_refresh(screen.arrangement.share_rows)
        screen.layers_pane.compare(screen.contents_pane.reader.extent if shown else None)

    def changed(self) -> None:
        """Show what the pane of the files shows now."""
        reader, workspace = self._screen.contents_pane.reader, self._screen.workspace
        if self.shown:
            self._screen.layers_pane.compare(reader.extent)
        wanted = reader.comparison.baseline and reader.comparison.start is None
        name = workspace.baseline.name if workspace.baseline is not None and wanted else None
        if reader.compared is not None and reader.reading is None:
            name = reader.compared.against
        absent = visible(workspace.baseline.name) if workspace.baseline and wanted and name is None else ""
        branches = self._screen.contents_pane.branches
        self.compares = Compares(
            branches.kinds if branches is not None else self.compares.kinds,
            against(reader.extent, name),
            absent,
            reader.comparison.whole or reader.comparison.start is not None,
            self._screen.contents_pane.listing.has_focus,
        )
        self._screen.refresh_lines("compare-line")

    def keys_moved(self) -> None:
        """Say whether the keys go to the files."""
        self.compares = replace(self.compares, in_tree=self._screen.contents_pane.listing.has_focus)
        self._screen.refresh_lines("compare-line")

    def choose(self, compared: Compared | None, name: bytes | None) -> None:
        """Show what there is to know of a file, and look up what the layers do to it."""
        if name == self.file.name and compared is self.file.compared:
            return
        self.file = File(compared, name)
        self._screen.refresh_lines("file-details")
        if name is None or compared is None:
            return
        plan, source = self._screen.workspace.priced.plan, self._screen.contents_pane.reader.source

        def compute(progress: Meter) -> tuple[tuple[Step, ...], str]:
            return source.steps(plan, name, progress), difference(compared, name, progress)

        # a file that cannot be read says so where it is shown
        self._screen.jobs.ask("steps", compute, self._found, failed=lambda _: None)

    def _found(self, found: tuple[tuple[Step, ...], str]) -> None:
        self.file = replace(self.file, steps=found[0], differs=found[1])
        self._screen.refresh_lines("file-details")

    def show_waste(self, waste: Waste) -> None:
        """Show what the image ships for nothing."""
        self._screen.waste_pane.show_waste(waste)
        self._screen.set_class(bool(waste.hidden), "-wasteful")
        self._screen.call_after_refresh(self._screen.arrangement.share_rows)

    def show_file(self, wanted: FileWanted) -> None:
        """Show a file of a layer."""
        self._screen.layers_pane.select(wanted.layer)
        self._screen.contents_pane.reveal(wanted)
        self._screen.browsing.give_keys(self._screen.contents_pane)

    def preview(self, compared: Compared, name: bytes) -> None:
        """Show the beginning of a file."""
        from nixdive.ui.dialogs.preview import PreviewDialog

        self._screen.ask(PreviewDialog(compared, name), lambda _: None)

    def extract(self, compared: Compared, name: bytes) -> None:
        """Write a file, a directory or the layer to the disk."""
        from nixdive.ui.dialogs.extraction import extract

        workspace, layer = self._screen.workspace, self._screen.selection.layer
        plan = workspace.priced.plan
        extract(self._screen.app, workspace.subject, plan, layer=layer, compared=compared, name=name)
