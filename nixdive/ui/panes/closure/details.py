"""What there is to know of the selected store path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from nixdive.sizes import prose
from nixdive.ui.draw.figures import count
from nixdive.ui.draw.headings import heading
from nixdive.ui.draw.line import Line, Span
from nixdive.ui.naming import layer_name
from nixdive.ui.panes.planned import PlannedWidget
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.workspace import Workspace

_WIDE = 56
_GAP = (Span("  "),)


class PathDetails(PlannedWidget):
    """Sizes, layer, and who needs it."""

    path: reactive[int | None] = reactive(None)

    _closure: Closure | None = None

    def open(self, workspace: Workspace) -> None:
        """Take the closure."""
        self._closure = workspace.subject.closure

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  what has no room is cut
        """Return the header with the path's name, and three lines."""
        if self._closure is None or self.priced is None:
            return [heading("Store path", width)]
        if self.path is None:
            return [heading("Store path", width), (Span(" nothing selected", "faint"),)]
        title = visible(self._closure.paths[self.path].name)
        return [heading(title, width), *details(self._closure, self.priced, self.path, width)]


def details(closure: Closure, priced: PricedPlan, index: int, cells: int) -> list[Line]:
    """Return the lines that tell about a store path."""
    measures = closure.measures
    nar = _fact("NAR", prose(closure.nar_sizes[index]))
    whole = _fact("closure", prose(measures.closure_sizes[index]))
    added = _fact("added", prose(measures.added_sizes[index]))
    if not closure.sized:
        nar = (Span(" sizes unknown", "dim"),)
        whole = _fact("closure", count(measures.closure_counts[index], "path"))
        added = ()
    layer = _layer(closure, priced, index)
    used = _used(closure, index)
    keys = (
        Span(" ", "dim"),
        Span("w", "accent", bold=True, action="screen.tab('why')"),
        Span(" why  ", "dim"),
        Span("y", "accent", bold=True, action="screen.copy"),
        Span(" copy", "dim"),
    )
    if cells < _WIDE:
        return [(*nar, *_GAP, *whole), (*added, *_GAP, *layer), (*used, *_GAP, *keys)]
    hash_part = _fact("hash", closure.paths[index].hash_part, role="dim")
    return [(*nar, *_GAP, *whole, *_GAP, *added), (*layer, *_GAP, *used), (*hash_part, *_GAP, *keys)]


def _fact(label: str, words: str, *, role: str = "text") -> Line:
    return (Span(f" {label} ", "dim"), Span(words, role))


def _layer(closure: Closure, priced: PricedPlan, index: int) -> Line:
    at = priced.layer_of.get(closure.paths[index])
    if at is None:
        return (Span(" in no layer", "dim"),)
    layer = priced.plan.layers[at]
    if layer.pin is None:
        return _fact("layer", f"{at + 1} {layer_name(layer, closure)}")
    return (*_fact("layer", f"{at + 1} {layer_name(layer, closure)}", role="pin"), Span(" ◆", "pin"))


def _used(closure: Closure, index: int) -> Line:
    referrers = closure.referrers[index]
    if not referrers:
        return (Span(" a root" if index in closure.roots else " used by nothing", "dim"),)
    if len(referrers) == 1:
        return _fact("used by", visible(closure.paths[referrers[0]].package))
    return _fact("used by", count(len(referrers), "path"))
