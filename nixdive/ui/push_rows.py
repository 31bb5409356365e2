"""What the next push sends, the largest layer first, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.sizes import prose
from nixdive.ui.chance import layer_ground
from nixdive.ui.figures import count, size_cells
from nixdive.ui.layer_rows import moved
from nixdive.ui.line import Line, Span, cut, width
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.closure.closure import Closure
    from nixdive.ui.standing import Baseline, Standing

_BAR = 14


class Sent(NamedTuple):
    """A layer that is pushed.

    Attributes:
        layer: its index.
        size: bytes.
        cause: why it is pushed, in a few words.
    """

    layer: int
    size: int
    cause: str


def sent(closure: Closure, standing: Standing, baseline: Baseline | None) -> tuple[Sent, ...]:
    """Return the layers that the next push sends, the largest first."""
    versions = {path.lineage: path.version for path in baseline.sizes} if baseline else {}
    rows = [
        Sent(i, size, _cause(closure, standing, i, versions))
        for i in range(len(standing.plan.layers))
        if (size := standing.push_of(i))
    ]
    return tuple(sorted(rows, key=lambda row: (-row.size, row.layer)))


def summary(standing: Standing, rows: tuple[Sent, ...]) -> Line:
    """Return what is sent and what is kept, in one line."""
    layers = len(standing.plan.layers)
    kept = standing.plan.nar_size - sum(row.size for row in rows)
    line = [
        Span(f" {prose(standing.push_bytes)}", "bright", bold=True),
        Span(f" in {count(len(rows), 'layer')} to send"),
    ]
    if standing.cost is not None and layers > len(rows):
        line.append(Span(f"   {prose(max(kept, 0))} in {layers - len(rows)} kept", "dim"))
    return tuple(line)


def row(standing: Standing, before: Standing | None, one: Sent, most: int, cells: int) -> Line:
    """Return the row of a layer: its number, its bytes as a number and as a bar, and why it is pushed."""
    layer = standing.plan.layers[one.layer]
    dearer = moved(standing, before, one.layer)
    line = [Span("▌", layer_ground(layer)), Span(f"{one.layer + 1:<4}"), dearer, Span(" ")]
    line += size_cells(one.size, pays=True)
    length = max(round(_BAR * one.size / most), 1) if most else 0
    line += [Span("  "), Span("━" * length, "pay"), Span(" " * (_BAR - length + 2))]
    line.append(
        Span(
            cut(visible(one.cause), max(cells - width(line) - 1, 0)), "pay" if dearer.text.strip() else "text"
        )
    )
    return tuple(line)


def _cause(closure: Closure, standing: Standing, index: int, versions: Mapping[str, str]) -> str:
    layer = standing.plan.layers[index]
    if standing.cost is None:
        return layer.reason
    sizes = {path: closure.nar_sizes[closure.index[path]] for path in layer.paths}
    changed = [path for path in layer.paths if standing.path_marks.get(path, "=") != "="]
    if not changed:
        what = f"pin {layer.pin}" if layer.pin else "other paths"
        return f"{what}: no such layer before" if layer.paths else layer.reason
    largest = max(changed, key=lambda path: (sizes[path], path))
    if largest.lineage not in versions:
        verb = "is new"
    else:
        verb = "rebuilt" if versions[largest.lineage] == largest.version else "updated"
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    return f"{largest.package} {verb}{more}"
