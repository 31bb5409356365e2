"""The diff pane: what changed since the baseline, by package, by layer and by file."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from textual.actions import SkipAction
from textual.containers import Container

from nixdive.errors import NixdiveError
from nixdive.progress import check
from nixdive.ui.draw.line import Line, Span, spread
from nixdive.ui.draw.line import width as line_width
from nixdive.ui.jobs import Jobs, Meter, tell
from nixdive.ui.listing import Listing
from nixdive.ui.panes.closure.filter import Query
from nixdive.ui.panes.diff import layer_rows
from nixdive.ui.panes.diff.rows import Difference, differences, file_heads, file_row, row
from nixdive.ui.panes.order import following
from nixdive.ui.panes.pane import LayerWanted, PathChosen, PathWanted, View, header, nothing_found
from nixdive.ui.verbs import PANES, bindings
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from nixdive.contents.path_changes import PathChanges
    from nixdive.ui.panes.diff.layer_rows import LayerDifference
    from nixdive.workspace.baseline import Baseline

    Files = Mapping[Difference, PathChanges | None]

_MARKS = {"changed": "~", "new": "+"}
SECTIONS = ("Packages", "Layers", "Files")
_SOON = 0.2  # seconds until what was read so far is shown


def _holds(query: Query | None, mark: str, names: Collection[str]) -> bool:
    """Whether something has the names and the mark that a filter asks for; other words say nothing of it."""
    if query is None:
        return True
    marks = {_MARKS[word] for word in query.words if word in _MARKS}
    return marks <= {mark} and all(any(map(pattern.search, names)) for pattern in query.names)


class DiffPane(Container):
    """Packages that came, went or changed; layers; files.

    Attributes:
        listing: the rows.
        section: the section that is shown.
        files: which files of packages changed, as far as they were read; None for one without files here.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANES["diff"])]
    filter_hint = "a name or regular expression   changed new"

    def __init__(self, view: View, jobs: Jobs, **options: Any) -> None:
        super().__init__(**options)
        self.listing = Listing(self)
        self.section = SECTIONS[0]
        self.files: Files = {}
        self._view = view
        self._jobs = jobs
        self._all = differences(view.closure, self._baseline) if self._baseline else ()
        self._packages = self._all
        self._query: Query | None = None
        self._by_name = False
        self._layers_by = layer_rows.Order.LAYER
        self._found: tuple[LayerDifference, ...] | None = None
        self._shown: tuple[LayerDifference, ...] | None = None
        self._read = False

    def compose(self) -> ComposeResult:
        """Show the list."""
        yield self.listing

    def show(self, view: View) -> None:
        """Forget what became of the layers under another plan."""
        self._view = view
        self._found = self._shown = None
        if self.display:
            self.listing.settle()

    def turn_to(self, path: int | None) -> None:  # noqa: ARG002  it is about all of them
        """Keep the cursor on a row: plans that passed unseen may have fewer layers."""
        self.listing.settle()

    @property
    def _baseline(self) -> Baseline | None:
        return self._view.priced.baseline

    @property
    def _every_layer(self) -> tuple[LayerDifference, ...]:
        """What became of the layers; worked out when it is asked for, as many plans pass unseen."""
        if self._baseline is None:
            return ()
        if self._found is None:
            self._found = layer_rows.layer_differences(self._view.closure, self._view.priced, self._baseline)
        return self._found

    @property
    def _layers(self) -> tuple[LayerDifference, ...]:
        """The layers that the filter finds, in their order."""
        if self._shown is None:
            query = self._query

            def holds(one: LayerDifference) -> bool:
                return _holds(query, one.mark, [path.name for path in one.paths] or [one.words])

            self._shown = layer_rows.arranged(self._every_layer, self._layers_by, holds)
        return self._shown

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._layers if self.section == "Layers" else self._packages)

    @property
    def selected(self) -> int | None:
        """The index of the store path that the cursor is on, or None where it went."""
        if self.section == "Layers" or not self.count:
            return None
        path = self._packages[self.listing.cursor].path
        return None if path is None else self._view.closure.index[path]

    def cursor_moved(self) -> None:
        """Tell which store path the cursor is on, so that keys about a path work here too."""
        if self.listing.has_focus and (path := self.selected) is not None:
            self.post_message(PathChosen(path))

    def on_descendant_focus(self) -> None:
        """Be about the store path under the cursor from the first key on, not from the next plan on."""
        self.cursor_moved()

    def header(self, width: int) -> Line:
        """Return the header with the titles of all tabs."""
        return header("diff", width, focused=self.listing.has_focus)

    def heads(self, width: int) -> Line:
        """Return the sections, the shown one bright, and how much changed."""
        if self._baseline is None:
            return (Span(" no baseline: --against OLD shows what changed", "dim"),)
        line: list[Span] = []
        for name in SECTIONS:
            here = name == self.section
            action = f"screen.do('diff.{name.lower()}')"
            line.append(Span(f" {name} ", "accent" if here else "dim", bold=here, action=action))
        if self.section == "Files":
            return spread(tuple(line), (file_heads(width),), width)
        layers = self.section == "Layers"
        if self._query is not None:
            every = len(self._every_layer if layers else self._all)
            words = f"{self._query.called}   {self.count} of {every}"
        elif layers:
            words = layer_rows.summary(self._layers)
        else:
            words = f"{self.count} changed since {visible(self._baseline.name)}" if self.count else ""
        end = (Span(f"{words} ", "dim"),) if line_width(line) + len(words) < width else ()
        return spread(tuple(line), end, width)

    def row(self, index: int, width: int) -> Line:
        """Return a row."""
        if self.section == "Layers":
            return layer_rows.row(self._view.priced, self._layers[index], width)
        one = self._packages[index]
        if self.section == "Files":
            known = one in self.files or not self.reading
            return file_row(one, self.files.get(one), width, known=known)
        return row(self._view.priced, one, width)

    def when_empty(self) -> list[Line]:
        """Return what stands there when nothing has changed."""
        if self._baseline is None:
            return []
        if self._query is not None:
            what = "layer" if self.section == "Layers" else "package"
            return [nothing_found(what, self._query, self._view.keys)]
        return [(Span(f"nothing has changed since {visible(self._baseline.name)}", "faint"),)]

    @property
    def order_name(self) -> str:
        """What packages are sorted by, then what layers are."""
        return f"{'name' if self._by_name else 'bytes'} {self._layers_by}"

    def order_by(self, name: str) -> None:
        """Sort packages by name or by bytes, and layers by their order; the cursor stays on its row."""
        packages, _, layers = name.partition(" ")
        here = self._here
        self._by_name = packages == "name"
        if layers in set(layer_rows.Order):
            self._layers_by = layer_rows.Order(layers)
        self._arrange(here)

    @property
    def _rows(self) -> tuple[Difference, ...] | tuple[LayerDifference, ...]:
        return self._layers if self.section == "Layers" else self._packages

    @property
    def _here(self) -> Difference | LayerDifference | None:
        """The row of the cursor."""
        rows = self._rows
        return rows[self.listing.cursor] if rows else None

    def _arrange(self, here: Difference | LayerDifference | None, otherwise: int | None = None) -> None:
        """Have the rows follow filter and order; the cursor stays on its row, where that is still there."""
        found = (one for one in self._all if _holds(self._query, one.mark, (one.name,)))
        self._packages = tuple(sorted(found, key=self._key))
        self._shown = None
        places = [place for place, one in enumerate(self._rows) if one == here]
        self.listing.settle(places[0] if places else otherwise)

    @property
    def filter_problem(self) -> str:
        """What is wrong with the filter."""
        query = self._query
        others = [] if query is None else [word for word in query.words if word not in _MARKS]
        problems = [
            *([query.problem] if query is not None else []),
            *(f"{word}: not here" for word in others),
        ]
        return ", ".join(filter(None, problems))

    def filter(self, text: str) -> None:
        """Show what a text finds: packages by their names and marks, layers by those of their paths."""
        self._sift(Query.parse(text))

    def whole(self) -> None:
        """Show all again."""
        self._sift(None)

    def _sift(self, query: Query | None) -> None:
        here = self._here
        self._query = query
        self._arrange(here, otherwise=0)

    def next_match(self, direction: int) -> None:
        """Go to the next or the previous row that the filter has found, round and round."""
        if self._query is not None and self.count:
            self.listing.cursor = (self.listing.cursor + direction) % self.count

    def sort(self) -> None:
        """Sort packages by name, or by bytes again; layers by their next order."""
        packages, layers = self.order_name.split()
        if self.section == "Layers":
            layers = following(self._layers_by)
        else:
            packages = "bytes" if self._by_name else "name"
        self.order_by(f"{packages} {layers}")

    def _key(self, one: Difference) -> tuple[int, str, str]:
        return (0 if self._by_name else -abs(one.delta), one.name, one.mark)

    def turn(self, section: str) -> None:
        """Show a section from its start; files are read when they are seen for the first time."""
        self.section = section
        self.listing.top = 0
        self.listing.settle(0)
        if section == "Files" and not self._read and self._all:
            self._read = True
            self._jobs.ask(
                "files", self._read_files, self._show_files, failed=self._failed, partly=self._show_files
            )

    def action_section(self, name: str) -> None:
        """Show a section."""
        self.turn(name)

    def action_turn(self, direction: int) -> None:
        """Show the next or the previous section."""
        self.turn(SECTIONS[(SECTIONS.index(self.section) + direction) % len(SECTIONS)])

    def action_stop(self) -> None:
        """Stop reading files, where that is being done."""
        if not self._jobs.cancel("files"):
            raise SkipAction
        self._read = False
        self.listing.refresh()

    def action_go(self) -> None:
        """Go to the path in the closure, or to the layer."""
        if self.section == "Layers" and self.count:
            layer = self._layers[self.listing.cursor].layer
            if layer is not None:
                self.post_message(LayerWanted(layer))
        elif (path := self.selected) is not None:
            self.post_message(PathWanted(path))

    @property
    def reading(self) -> bool:
        """Whether files are being read."""
        return self._jobs.reading("files") is not None

    def _read_files(self, progress: Meter) -> Files:
        from nixdive.contents.path_changes import path_changes

        contents = self._view.workspace.subject.contents
        found: dict[Difference, PathChanges | None] = {}
        shown = time.monotonic()
        for one in self._all:
            found[one] = None
            with suppress(NixdiveError):  # as if they were not here
                found[one] = path_changes(contents, one.old, one.path, progress)
            if time.monotonic() - shown > _SOON:
                shown = time.monotonic()
                progress.partly(dict(found))
        check(progress)
        return found

    def _show_files(self, found: Files) -> None:
        self.files = found
        self.listing.refresh()

    def _failed(self, error: NixdiveError) -> None:
        tell(self, error)
        self.listing.refresh()
