"""Why a path is in its layer, and what makes that layer change, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.sizes import signed
from nixdive.ui.draw.figures import tone
from nixdive.ui.draw.line import BLANK, Line, Span, cut, labelled
from nixdive.ui.draw.lists import Said, Section
from nixdive.ui.naming import by_size, percent, step
from nixdive.visible import visible
from nixdive.workspace import edits

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Layer
    from nixdive.store.path import StorePath
    from nixdive.ui.panes.why.rows import Entry
    from nixdive.workspace.history import Edit
    from nixdive.workspace.priced_plan import Price, PricedPlan

_MEMBERS = 8
_NAMES = 3
_BAR = 24


class PricedEdit(NamedTuple):
    """What an edit would cost.

    Attributes:
        edit: the edit, which is not made.
        price: what it costs, or None where it cannot be made.
        cause: why it cannot be made.
    """

    edit: Edit
    price: Price | None
    cause: str = ""


def apart(closure: Closure, priced: PricedPlan, path: int) -> Edit | None:
    """Return the edit that gives a path a layer of its own; that takes its pin away where it has one.

    None where it is alone in its layer already.
    """
    here = closure.paths[path]
    index = priced.layer_of.get(here)
    if index is None:
        return None
    layer, request = priced.plan.layers[index], priced.plan.request
    if layer.pin is not None:
        return edits.unpin(request, lambda pin: pin.matches(here))
    if len(layer.paths) == 1:
        return None
    taken = {pin.layer for pin in request.pins}
    name = here.package if here.package not in taken else f"{here.package} alone"
    return edits.pin(request, (edits.pattern_for(here, closure),), name)


def layer_rows(
    closure: Closure, priced: PricedPlan, before: PricedPlan | None, path: int, priced_edit: PricedEdit | None
) -> tuple[Entry, ...]:
    """Return why a path is in its layer, what another place costs, and what makes the layer change.

    Args:
        closure: the closure.
        priced: the plan and its figures.
        before: those before the last edit, or None.
        path: the index of the path.
        priced_edit: what `apart` costs, as soon as it is known.
    """
    here = closure.paths[path]
    index = priced.layer_of.get(here)
    if index is None:
        return (Said(BLANK), Section("In no layer"), Said((Span(" the plan leaves it out", "dim"),)))
    layer = priced.plan.layers[index]
    rows: list[Entry] = [
        Said(BLANK),
        Section(f"Why in layer {index + 1}"),
        Said(_reason(priced, layer, here)),
    ]
    rows.append(Said(_company(closure, layer, here)))
    if before is not None and (was := _was(closure, before, layer, here)):
        rows.append(Said(was))
    wanted = apart(closure, priced, path)
    if wanted is not None and closure.sized:
        told = priced_edit if priced_edit and priced_edit.edit.request == wanted.request else None
        rows.append(Said(_cost("unpinned" if layer.pin is not None else "apart", told)))
    return (*rows, *_changes(closure, priced, layer, index))


def _reason(priced: PricedPlan, layer: Layer, here: StorePath) -> Line:
    if layer.pin is None:
        return labelled("reason", Span(visible(layer.reason)))
    patterns = [visible(pin.pattern) for pin in priced.plan.request.pins if pin.matches(here)]
    return (
        Span(" ◆ pinned ", "pin", bold=True),
        Span(f" {', '.join(patterns)}"),
        Span(" → ", "dim"),
        Span(f"layer {visible(layer.pin)}"),
    )


def _company(closure: Closure, layer: Layer, here: StorePath) -> Line:
    others = [path for path in by_size(layer, closure) if path != here]
    if not others:
        return labelled("with", Span("nothing else: it is alone in the layer"))
    return labelled("with", *_listed(others))


def _listed(paths: list[StorePath], most: int = _NAMES) -> tuple[Span, ...]:
    names = ", ".join(cut(visible(path.package), 20) for path in paths[:most])
    more = len(paths) - most
    return (Span(names), Span(f" +{more}" if more > 0 else "", "faint"))


def _was(closure: Closure, before: PricedPlan, layer: Layer, here: StorePath) -> Line:
    index = before.layer_of.get(here)
    if index is None or before.plan.layers[index].paths == layer.paths:
        return BLANK
    others = [path for path in by_size(before.plan.layers[index], closure) if path != here]
    told = _listed(others, most=1) if others else (Span("nothing else"),)
    return labelled("before", Span(f"in layer {index + 1} with "), *told)


def _cost(label: str, priced_edit: PricedEdit | None) -> Line:
    if priced_edit is None:
        return labelled(label, Span("planning …", "faint"))
    if priced_edit.price is None:
        return labelled(label, Span(visible(priced_edit.cause), "bad"))
    once, release = priced_edit.price.push or 0, priced_edit.price.release or 0
    return labelled(
        label,
        Span(signed(once), tone(once), bold=True),
        Span(" once  "),
        Span(signed(release), tone(release), bold=True),
        Span(" each release"),
    )


def _changes(closure: Closure, priced: PricedPlan, layer: Layer, index: int) -> tuple[Entry, ...]:
    """Return how often a release changes the layer, and each of its paths, the most often first."""
    if not layer.paths or layer.change_probability is None:
        return ()
    scenarios = priced.model.scenarios
    chances = [(scenarios.probability([closure.index[path]]), path) for path in layer.paths]
    chances.sort(key=lambda one: (-one[0], one[1].name))
    most = max(chances[0][0], layer.change_probability) or 1.0
    rows: list[Entry] = [Said(BLANK), Section(f"Why layer {index + 1} changes")]
    rows.append(Said(_bar("any of them", layer.change_probability, most, label="dim")))
    rows += [Said(_bar(visible(path.package), chance, most)) for chance, path in chances[:_MEMBERS]]
    if len(chances) > _MEMBERS:
        rows.append(Said((Span(f" {len(chances) - _MEMBERS} more, less often", "faint"),)))
    return tuple(rows)


def _bar(name: str, chance: float, most: float, *, label: str = "text") -> Line:
    length = max(round(_BAR * chance / most), 1) if chance else 0
    number = percent(chance).replace("%", " %")
    return (
        Span(f" {cut(name, 22):<22}", label),
        Span(f"{number:>6}"),
        Span("  "),
        Span("━" * length, f"s{step(chance)}"),
    )
