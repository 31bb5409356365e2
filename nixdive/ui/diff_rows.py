"""What changed since the baseline, package by package, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.layering.changes import changes
from nixdive.sizes import signed
from nixdive.ui.chance import layer_ground
from nixdive.ui.layer_rows import MARK_ROLES
from nixdive.ui.line import Line, Span, cut, fit, width
from nixdive.visible import visible

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.store.path import StorePath
    from nixdive.ui.standing import Baseline, Standing

_ROLES = {**MARK_ROLES, "-": "bad"}


class Difference(NamedTuple):
    """A package that is not as it was.

    Attributes:
        mark: + came, - went, ~ is another version or was rebuilt.
        name: the package.
        versions: 1.0 → 1.1, or what there is to say of them.
        delta: NAR bytes that the closure has more.
        path: the store path now, or None where it went.
    """

    mark: str
    name: str
    versions: str
    delta: int
    path: StorePath | None


def differences(closure: Closure, baseline: Baseline) -> tuple[Difference, ...]:
    """Return what changed, the largest differences first."""
    sizes = dict(zip(closure.paths, closure.nar_sizes, strict=True))
    found = changes(baseline.sizes, sizes)
    rows = [Difference("+", path.lineage, path.version, sizes[path], path) for path in found.added]
    rows += [
        Difference("-", path.lineage, path.version, -baseline.sizes[path], None) for path in found.removed
    ]
    for one in found.changed:
        same = one.old.version == one.new.version
        versions = f"{one.new.version} rebuilt" if same else f"{one.old.version} → {one.new.version}"
        rows.append(Difference("~", one.name, versions.strip(), one.delta, one.new))
    return tuple(sorted(rows, key=lambda row: (-abs(row.delta), row.name, row.mark)))


def row(standing: Standing, one: Difference, cells: int) -> Line:
    """Return the row of a package: its mark, name, versions, how much larger it is, and its layer."""
    end: list[Span] = [Span(f"{signed(one.delta) if one.delta else '·':>11}", _tone(one.delta))]
    index = standing.layer_of.get(one.path) if one.path else None
    if index is None:
        end.append(Span("       "))
    else:
        end += [Span("  "), Span("▌", layer_ground(standing.plan.layers[index])), Span(f"{index + 1:<4}")]
    room = cells - width(end)
    name = visible(one.name)
    line = [Span(f" {one.mark} ", _ROLES[one.mark], bold=True), Span(cut(name, max(room // 2, 8)))]
    line.append(Span("  "))
    line.append(Span(cut(visible(one.versions), max(room - width(line), 0)), "dim"))
    return (*fit(tuple(line), room), *end)


def _tone(delta: int) -> str:
    return "pay" if delta > 0 else "save" if delta < 0 else "faint"
