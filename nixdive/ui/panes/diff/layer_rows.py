"""What became of each layer since the baseline, as rows."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from nixdive.layering.compare import identity
from nixdive.layering.plan import Layer, LayerKind
from nixdive.layering.versions import layer_before
from nixdive.sizes import signed
from nixdive.ui.draw.figures import size_cells, tone
from nixdive.ui.draw.line import Line, Span, cut, fit, width
from nixdive.ui.naming import layer_chip
from nixdive.ui.panes.diff.rows import ROLES, was_sized
from nixdive.visible import visible
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nixdive.closure.closure import Closure
    from nixdive.store.path import StorePath
    from nixdive.workspace.baseline import Baseline
    from nixdive.workspace.priced_plan import PricedPlan

_NAMES = 2


class Order(StrEnum):
    """What layers are sorted by: their number, their bytes, or what changed first and by bytes."""

    LAYER = "layer"
    BYTES = "bytes"
    CHANGE = "change"


class LayerDifference(NamedTuple):
    """A layer of this plan or of the baseline.

    Attributes:
        mark: = is kept, ~ changed, + is new, - is gone.
        layer: its index in the plan; None where it is gone.
        size: its bytes.
        delta: bytes that a changed layer has more; 0 where that is not known.
        words: which packages changed it, or what it holds.
        paths: the store paths in it.
    """

    mark: str
    layer: int | None
    size: int
    delta: int
    words: str
    paths: tuple[StorePath, ...]


def layer_differences(
    closure: Closure, priced: PricedPlan, baseline: Baseline
) -> tuple[LayerDifference, ...]:
    """Return what became of the layers: those of the plan, lowest first, then those that are gone."""
    old = baseline.plan.layers
    layer_of = baseline.plan.layer_of()
    sizes = dict(zip(closure.paths, closure.nar_sizes, strict=True))
    now = {identity(layer) for layer in priced.plan.layers}
    stand_for: set[int] = set()
    rows = []
    for i, (layer, mark) in enumerate(zip(priced.plan.layers, priced.layer_marks, strict=True)):
        delta, words = 0, _names(layer, sizes)
        if mark == "~":
            nearest = _nearest(priced, layer, old, layer_of)
            if nearest is not None:
                stand_for.add(nearest)
                delta = layer.nar_size - old[nearest].nar_size if baseline.sized else 0
                words = _causes(priced, layer, old[nearest], sizes)
        rows.append(LayerDifference(mark, i, layer.nar_size, delta, words, layer.paths))
    for i, layer in enumerate(old):
        if identity(layer) not in now and i not in stand_for:
            words = _names(layer, baseline.sizes)
            rows.append(LayerDifference("-", None, layer.nar_size, 0, words, layer.paths))
    return tuple(rows)


def arranged(
    rows: tuple[LayerDifference, ...], order: Order, holds: Callable[[LayerDifference], bool]
) -> tuple[LayerDifference, ...]:
    """Return the layers that a filter finds in an order; those that are gone have no number and come last."""
    found = filter(holds, rows)
    match order:
        case Order.BYTES:
            return tuple(sorted(found, key=lambda one: -one.size))
        case Order.CHANGE:
            return tuple(sorted(found, key=lambda one: (one.mark == "=", -one.size)))
    return tuple(found)


def summary(rows: tuple[LayerDifference, ...]) -> str:
    """Return how many layers there are of each kind, in words."""
    words = (("=", "kept"), ("~", "changed"), ("+", "new"), ("-", "gone"))
    counts = Counter(row.mark for row in rows)
    return ", ".join(f"{counts[mark]} {word}" for mark, word in words if counts[mark])


def row(priced: PricedPlan, one: LayerDifference, cells: int) -> Line:
    """Return the row of a layer: its mark, number, bytes, and what made it change."""
    line: list[Span] = [Span(f" {one.mark} ", ROLES[one.mark], bold=one.mark != "=")]
    if one.layer is None:
        line.append(Span("     "))
    else:
        line += layer_chip(priced.plan.layers[one.layer], one.layer)
    sized = priced.plan.sized and (one.layer is not None or was_sized(priced))
    line += [*size_cells(one.size, pays=one.mark in "~+", sized=sized), Span("  ")]
    delta = f"  {signed(one.delta)}" if one.delta and cells >= 52 and sized else ""
    end: Line = (Span(f"{delta} ", tone(one.delta, even="faint")),)
    room = cells - width(line) - width(end)
    role = "dim" if one.mark in "=-" else "text"
    return (*fit((*line, Span(cut(one.words, room), role)), cells - width(end)), *end)


def _nearest(
    priced: PricedPlan, layer: Layer, old: tuple[Layer, ...], layer_of: Mapping[StorePath, int]
) -> int | None:
    """Return the layer of the baseline that had most of the packages, or the one of the same kind."""
    if layer.kind is not LayerKind.STORE:
        return next((i for i, one in enumerate(old) if one.kind is layer.kind), None)
    found = layer_before(layer.paths, priced.pricer.origins, layer_of)
    return found[0] if found else None


def _causes(priced: PricedPlan, layer: Layer, old: Layer, sizes: Mapping[StorePath, int]) -> str:
    """Return which packages changed a layer: other versions, then those that came and went."""
    origins, before = priced.pricer.origins, set(old.paths)
    was = {path: origins[path] for path in layer.paths if origins.get(path) in before}
    changed = [path for path in was if path != was[path]]
    changed.sort(key=lambda path: (-sizes.get(path, 0), path))
    parts = [
        f"{visible(path.package)} {'rebuilt' if was[path].version == path.version else 'updated'}"
        for path in changed[:_NAMES]
    ]
    if len(changed) > _NAMES:
        parts.append(f"{len(changed) - _NAMES} more")
    came, went = len(layer.paths) - len(was), len(old.paths) - len(was)
    parts += [f"{counted(came, 'path')} came"] if came else []
    parts += [f"{counted(went, 'path')} went"] if went else []
    return ", ".join(parts) or "a different order" if layer.paths else visible(layer.reason)


def _names(layer: Layer, sizes: Mapping[StorePath, int]) -> str:
    if not layer.paths:
        return visible(layer.reason)
    paths = sorted(layer.paths, key=lambda path: (-sizes.get(path, 0), path))
    more = len(paths) - _NAMES
    return ", ".join(visible(path.package) for path in paths[:_NAMES]) + (f" +{more}" if more > 0 else "")
