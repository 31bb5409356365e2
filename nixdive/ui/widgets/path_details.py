"""What there is to know of the selected store path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from nixdive.sizes import prose
from nixdive.ui.figures import count
from nixdive.ui.heading import heading
from nixdive.ui.line import Line, Span
from nixdive.ui.naming import layer_name
from nixdive.ui.widgets.planned import PlannedWidget
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.ui.standing import Standing


class PathDetails(PlannedWidget):
    """Sizes, layer, and who needs it."""

    closure: reactive[Closure | None] = reactive(None)
    path: reactive[int | None] = reactive(None)

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002  what has no room is cut
        """Return the header with the path's name, and three lines."""
        if self.closure is None or self.standing is None:
            return [heading("Store path", width)]
        if self.path is None:
            return [heading("Store path", width), (Span(" nothing selected", "faint"),)]
        title = visible(self.closure.paths[self.path].name)
        return [heading(title, width), *details(self.closure, self.standing, self.path, width)]


def details(closure: Closure, standing: Standing, index: int, cells: int) -> list[Line]:
    """Return the lines that tell about a store path."""
    path = closure.paths[index]
    measures = closure.measures
    sizes = (
        ("NAR ", closure.nar_sizes[index]),
        ("closure ", measures.closure_sizes[index]),
        ("added ", measures.added_sizes[index]),
    )
    first: list[Span] = []
    if closure.sized:
        for label, size in sizes:
            first += [Span(f"{'   ' if first else ' '}{label}", "dim"), Span(prose(size))]
    else:
        first = [Span(" sizes unknown", "dim"), Span(f"   closure {measures.closure_counts[index]} paths")]
    hash_line = (
        Span(" hash ", "dim"),
        Span(path.hash_part, "dim"),
        Span("   w", "accent", bold=True, action="screen.tab('why')"),
        Span(" why", "dim"),
        Span("   y", "accent", bold=True, action="screen.copy"),
        Span(" copy" if cells >= 56 else "", "dim"),
    )
    return [tuple(first), _layer(closure, standing, index), hash_line]


def _layer(closure: Closure, standing: Standing, index: int) -> Line:
    path = closure.paths[index]
    at = standing.layer_of.get(path)
    if at is None:
        spans = [Span(" in no layer", "dim")]
    else:
        layer = standing.plan.layers[at]
        role = "pin" if layer.pin is not None else "text"
        spans = [Span(" layer ", "dim"), Span(f"{at + 1} {layer_name(layer, closure)}", role)]
        spans.append(Span(" ◆" if layer.pin is not None else "", "pin"))
    referrers = closure.referrers[index]
    if len(referrers) == 1:
        spans += [Span("   used by ", "dim"), Span(visible(closure.paths[referrers[0]].package))]
    elif referrers:
        spans += [Span("   used by ", "dim"), Span(count(len(referrers), "path"))]
    else:
        spans.append(Span("   a root", "dim"))
    return tuple(spans)
