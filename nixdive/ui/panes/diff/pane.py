"""The diff pane: what changed since the baseline, by package, by layer and by file."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.reactive import reactive

from nixdive.ui.draw.line import BLANK, Line, Span, spread
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.panes.diff import layer_rows as diff_layer_rows
from nixdive.ui.panes.diff.rows import Difference, differences, file_heads, file_row, row
from nixdive.ui.panes.messages import FilesUnwanted, FilesWanted, LayerWanted, PathWanted
from nixdive.ui.panes.tab import Tab
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.closure.closure import Closure
    from nixdive.contents.path_changes import PathChanges
    from nixdive.ui.panes.diff.layer_rows import LayerDifference
    from nixdive.workspace.baseline import Baseline
    from nixdive.workspace.workspace import Workspace

SECTIONS = ("Packages", "Layers", "Files")


class DiffPane(Tab):
    """Packages that came, went or changed; layers; files."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "Go to the path or the layer", id="diff.go"),
        Binding("right,l", "turn(1)", "Packages, layers, files", id="diff.right"),
        Binding("left,h", "turn(-1)", "Files, layers, packages", show=False, id="diff.left"),
        Binding("escape", "stop", "Stop reading files", show=False, id="diff.stop"),
    ]

    section: reactive[str] = reactive(SECTIONS[0])
    files: reactive[Mapping[Difference, PathChanges | None]] = reactive(dict)

    by_name: reactive[bool] = reactive(default=False)

    _closure: Closure | None = None
    _baseline: Baseline | None = None
    _packages: tuple[Difference, ...] = ()
    _found: tuple[LayerDifference, ...] | None = None
    _reading = False
    _read = False

    def open(self, workspace: Workspace) -> None:
        """Show what changed; without a baseline how to name one."""
        self._closure, self._baseline = workspace.subject.closure, workspace.baseline
        self._packages = differences(self._closure, self._baseline) if self._baseline else ()
        self.refresh()

    def watch_priced(self) -> None:
        """Forget what became of the layers under another plan."""
        self._found = None
        if self.display:
            self.cursor = self.validate_cursor(self.cursor)
            self.refresh()

    @property
    def _layers(self) -> tuple[LayerDifference, ...]:
        """What became of the layers; worked out when it is asked for, as many plans pass unseen."""
        if self._closure is None or self._baseline is None or self.priced is None:
            return ()
        if self._found is None:
            self._found = diff_layer_rows.layer_differences(self._closure, self.priced, self._baseline)
        return self._found

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._layers if self.section == "Layers" else self._packages)

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on, or None where it went."""
        if self.section == "Layers" or not self.count or self._closure is None:
            return None
        path = self._packages[self.cursor].path
        return None if path is None else self._closure.index[path]

    def heads(self, width: int) -> Line:
        """Return the sections, the shown one bright, and how much changed."""
        if self._baseline is None:
            return (Span(" no baseline: --against OLD shows what changed", "dim"),)
        line: list[Span] = []
        for name in SECTIONS:
            here = name == self.section
            action = f"section('{name}')"
            line.append(Span(f" {name} ", "accent" if here else "dim", bold=here, action=action))
        if self.section == "Files":
            return spread(tuple(line), (file_heads(width),), width)
        if self.section == "Layers":
            words = diff_layer_rows.summary(self._layers)
        else:
            words = f"{self.count} changed since {visible(self._baseline.name)}" if self.count else ""
        end = (Span(f"{words} ", "dim"),) if line_width(line) + len(words) < width else ()
        return spread(tuple(line), end, width)

    def row(self, index: int, width: int) -> Line:
        """Return a row."""
        assert self.priced is not None
        if self.section == "Layers":
            return diff_layer_rows.row(self.priced, self._layers[index], width)
        one = self._packages[index]
        if self.section == "Files":
            return file_row(one, self.files.get(one), width, known=one in self.files or not self._reading)
        return row(self.priced, one, width)

    def when_empty(self) -> Line:
        """Return what stands there when nothing has changed."""
        if self._baseline is None:
            return BLANK
        return (Span(f"nothing has changed since {visible(self._baseline.name)}", "faint"),)

    def watch_section(self) -> None:
        """Show another section from its start; files are read when they are seen for the first time."""
        self.top = 0
        self.set_reactive(DiffPane.cursor, 0)
        if self.section == "Files" and not self._read and self._packages:
            self._read = self._reading = True
            self.post_message(FilesWanted(self._packages))
        self.refresh()

    def sort(self) -> None:
        """Sort packages by name, or by bytes again; layers stay in their order."""
        if self.section != "Layers":
            self.by_name = not self.by_name

    @property
    def order_name(self) -> str:
        """What packages are sorted by."""
        return "name" if self.by_name else "bytes"

    def order_by(self, name: str) -> None:
        """Sort packages by name or by bytes."""
        self.by_name = name == "name"

    def watch_by_name(self) -> None:
        """Keep the cursor on its package."""
        packages = self.section != "Layers" and self.count
        here = self._packages[self.cursor] if packages else None
        self._packages = tuple(sorted(self._packages, key=self._key))
        self.cursor = self._packages.index(here) if here else self.cursor

    def _key(self, one: Difference) -> tuple[int, str, str]:
        return (0 if self.by_name else -abs(one.delta), one.name, one.mark)

    def turn_to(self, path: int | None) -> None:
        """Keep the cursor on a row: plans that passed unseen may have fewer layers."""
        super().turn_to(path)
        self.cursor = self.validate_cursor(self.cursor)

    def stopped(self) -> None:
        """Take it that no more files are read."""
        self._reading = False
        self.refresh()

    def action_section(self, name: str) -> None:
        """Show a section."""
        self.section = name

    def action_turn(self, direction: int) -> None:
        """Show the next or the previous section."""
        self.section = SECTIONS[(SECTIONS.index(self.section) + direction) % len(SECTIONS)]

    def action_stop(self) -> None:
        """Stop reading files, where that is being done."""
        if not self._reading:
            raise SkipAction
        self._read = False
        self.post_message(FilesUnwanted())

    def action_go(self) -> None:
        """Go to the path in the closure, or to the layer."""
        if self.section == "Layers" and self.count:
            layer = self._layers[self.cursor].layer
            if layer is not None:
                self.post_message(LayerWanted(layer))
        elif (path := self.selected) is not None:
            self.post_message(PathWanted(path))
