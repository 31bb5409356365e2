"""What changed since the baseline, package by package, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.layering.versions import changes
from nixdive.sizes import signed
from nixdive.ui.draw.figures import size_cells, tone
from nixdive.ui.draw.line import Line, Span, cut, fit, width
from nixdive.ui.naming import MARK_ROLES, layer_chip
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.contents.path_changes import PathChanges, Tally
    from nixdive.store.path import StorePath
    from nixdive.workspace.baseline import Baseline
    from nixdive.workspace.priced_plan import PricedPlan

ROLES = {**MARK_ROLES, "-": "bad"}
_WIDE = 52


class Difference(NamedTuple):
    """A package that is not as it was.

    Attributes:
        mark: + came, - went, ~ is another version or was rebuilt.
        name: the package.
        versions: 1.0 → 1.1, or what there is to say of them.
        delta: NAR bytes that the closure has more; 0 where that is not known.
        path: the store path now, or None where it went.
        old: the store path before, or None where it came.
    """

    mark: str
    name: str
    versions: str
    delta: int
    path: StorePath | None
    old: StorePath | None = None


def differences(closure: Closure, baseline: Baseline) -> tuple[Difference, ...]:
    """Return what changed, the largest differences first."""
    sizes = dict(zip(closure.paths, closure.nar_sizes, strict=True))
    found = changes(baseline.sizes, sizes)
    rows = [Difference("+", path.lineage, path.version, sizes[path], path) for path in found.added]
    rows += [
        Difference("-", path.lineage, path.version, -baseline.sizes[path], None, path)
        for path in found.removed
    ]
    rows += [
        Difference("~", one.name, one.words("→"), one.delta if baseline.sized else 0, one.new, one.old)
        for one in found.changed
    ]
    return tuple(sorted(rows, key=lambda row: (-abs(row.delta), row.name, row.mark)))


def row(priced: PricedPlan, one: Difference, cells: int) -> Line:
    """Return the row of a package: its mark, name, versions, how much larger it is, and its layer."""
    known = priced.plan.sized and (one.mark == "+" or was_sized(priced))
    shown = "" if not known else signed(one.delta) if one.delta else "·"
    end: list[Span] = [Span(f"{shown:>11}", tone(one.delta, even="faint"))]
    index = priced.layer_of.get(one.path) if one.path else None
    if index is None:
        end.append(Span("       "))
    else:
        end += [Span("  "), *layer_chip(priced.plan.layers[index], index)]
    room = cells - width(end)
    line = [*_name(one, max(room // 2, 8)), Span("  ")]
    line.append(Span(cut(visible(one.versions), max(room - width(line), 0)), "dim"))
    return (*fit(tuple(line), room), *end)


def was_sized(priced: PricedPlan) -> bool:
    """Whether the sizes of what the baseline held are known."""
    return priced.baseline is not None and priced.baseline.sized


def file_heads(cells: int) -> Span:
    """Return the heads of the columns of files."""
    if cells < _WIDE:
        return Span(f"{'add':>4}{'rem':>4}{'mod':>4} ", "faint")
    return Span(f"{'added':>11}{'removed':>11}{'modified':>11}", "faint")


def file_row(one: Difference, found: PathChanges | None, cells: int, *, known: bool) -> Line:
    """Return the row of a package with how many of its files changed, and their bytes where there is room.

    Args:
        one: the package.
        found: what changed; None where its files are not here.
        cells: the width.
        known: whether that has been looked for yet.
    """
    if found is None:
        end: Line = (Span("files not here  " if known else "…  ", "faint"),)
    else:
        parts = ((found.added, "save"), (found.removed, "bad"), (found.modified, "mod"))
        wide = cells >= _WIDE
        end = tuple(span for tally, role in parts for span in _tally(tally, role, wide=wide))
        end = end if wide else (*end, Span(" "))
    room = cells - width(end)
    return (*fit(_name(one, room - 3), room), *end)


def _name(one: Difference, room: int) -> Line:
    return (Span(f" {one.mark} ", ROLES[one.mark], bold=True), Span(cut(visible(one.name), room)))


def _tally(tally: Tally, role: str, *, wide: bool) -> Line:
    number = Span(f"{tally.files or '·':>{5 if wide else 4}}", role if tally.files else "faint")
    if not wide:
        return (number,)
    return (number, Span(" "), *(size_cells(tally.size) if tally.size else (Span("     "),)))
