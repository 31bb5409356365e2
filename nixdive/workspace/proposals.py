"""The best next edit: of those that may save something, the one that saves most within the horizon."""

from __future__ import annotations

from dataclasses import dataclass, replace
from heapq import nlargest
from typing import TYPE_CHECKING, Final

from nixdive.errors import PlanError
from nixdive.layering import arrangement as arranged
from nixdive.layering.plan import LayerKind
from nixdive.layering.request import DEFAULT_HORIZON
from nixdive.workspace import edits
from nixdive.workspace.curve import knee
from nixdive.workspace.price import price, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nixdive.layering.request import PlanRequest
    from nixdive.progress import Progress
    from nixdive.workspace.history import Edit
    from nixdive.workspace.price import Price
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.situation import Situation

_BUDGETS: Final = (1, 2, 4, 8, 16, 32, 64)  # layers more than there are
_LIKELY: Final = 3  # layers to split and paths to pin that are planned
_LEAST: Final = 0.01  # of what releases push within the horizon: what saves less is not worth a word


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edit that saves something.

    Attributes:
        edit: the step.
        price: what it costs and saves.
        horizon: over how many releases that was weighed.
    """

    edit: Edit
    price: Price
    horizon: int

    @property
    def saves(self) -> int:
        """NAR bytes that are pushed less, now and within the horizon."""
        return _saved(self.price, self.horizon)


def best_edit(
    now: Situation, make: Callable[[PlanRequest], PricedPlan], progress: Progress
) -> Proposal | None:
    """Return the edit that saves most; None where none is worth it, sizes are unknown, or it was cancelled.

    Tried are the budget at the knee, another layout, the splits and pins that promise most, and taking pins
    and frozen layers back. Each is planned and priced as if it had been done.

    Args:
        now: where the edits start.
        make: plans a request; raises PlanError where it cannot be met.
        progress: asked whether to go on.
    """
    if now.priced.release is None:
        return None
    horizon = now.request.horizon or DEFAULT_HORIZON
    best: Proposal | None = None
    after = now.priced
    least = _LEAST * horizon * now.priced.release
    for edit in _candidates(now, make, progress):
        try:
            made = make(edit.request)
            found = Proposal(edit, price(made, now.priced), horizon)
        except PlanError:
            continue
        if found.saves > max(least, best.saves if best else 0):
            best, after = found, made
        if progress.cancelled():
            return None
    return best and replace(best, price=timed(best.price, after, now.priced))


def _saved(cost: Price, horizon: int) -> int:
    # where something else is assumed of the earlier version, the next push is of another story
    once = 0 if cost.assumption else cost.push or 0
    return -(once + horizon * (cost.release or 0))


def _candidates(
    now: Situation, make: Callable[[PlanRequest], PricedPlan], progress: Progress
) -> Iterator[Edit]:
    """Yield the edits that are worth planning."""
    for edit in (
        edits.strategy(now, "churn"),
        edits.replan(now),
        _at_the_knee(now, make, progress),
    ):
        if edit is not None:
            yield edit
    yield from _taken_back(now)
    yield from _splits(now)
    yield from _pins(now)


def _at_the_knee(
    now: Situation, make: Callable[[PlanRequest], PricedPlan], progress: Progress
) -> Edit | None:
    """Return the edit that raises the budget to where more layers begin to save little."""
    here = now.request.max_layers
    if len(now.plan.layers) < here - now.request.spare:
        return None
    costs = {here: now.priced.release or 0}
    for more in _BUDGETS:
        edit = edits.budget(now, here + more)
        if edit is None or progress.cancelled():
            break
        try:
            costs[edit.request.max_layers] = make(edit.request).release or 0
        except PlanError:
            continue
    return edits.budget(now, knee(costs))


def _taken_back(now: Situation) -> Iterator[Edit]:
    """Yield the edits that thaw a layer or take the pins of one away."""
    for number, layer in enumerate(now.plan.layers):
        if layer.frozen:
            yield edits.thaw(now, number)
        elif layer.pin is not None and (edit := edits.unpin_layer(now, layer.pin)) is not None:
            yield edit


def _splits(now: Situation) -> Iterator[Edit]:
    """Yield the edits that cut a layer in two which promise most."""
    model, promises = now.priced.model, []
    index, sizes = model.closure.index, model.closure.nar_sizes
    for number, layer in enumerate(now.plan.layers):
        try:
            parts = set(arranged.split(now.plan, number, model)).difference(now.plan.stored)
        except PlanError:
            continue
        halves = [[index[path] for path in part] for part in parts]
        whole = [index[path] for path in layer.paths]
        gain = model.scenarios.expected([whole], sizes) - model.scenarios.expected(halves, sizes)
        promises.append((_promise(now, number, gain), number))
    for _, number in nlargest(_LIKELY, promises):
        try:
            yield edits.split(now, number)
        except PlanError:
            continue


def _pins(now: Situation) -> Iterator[Edit]:
    """Yield the edits that give a path its own layer which promise most: large, and calmer than its layer."""
    model, promises = now.priced.model, []
    index, chances = model.closure.index, model.scenarios.chances
    for number, layer in enumerate(now.plan.layers):
        if layer.kind is not LayerKind.STORE or layer.pin or layer.frozen or len(layer.paths) < 2:
            continue
        whole = model.scenarios.probability([index[path] for path in layer.paths])
        for path in layer.paths:
            gain = model.closure.nar_sizes[index[path]] * (whole - float(chances[index[path]]))
            promises.append((_promise(now, number, gain), path))
    for _, path in nlargest(_LIKELY, promises):
        edit = edits.pin(now, [edits.pattern_for(path, model.closure)], path.package)
        if edit is not None:
            yield edit


def _promise(now: Situation, number: int, gain: float) -> float:
    """Return what is saved within the horizon where a layer breaks up, if nothing else changes."""
    horizon = now.request.horizon or DEFAULT_HORIZON
    kept = now.priced.cost is not None and not now.priced.cost.new[number]
    return horizon * gain - (now.plan.layers[number].nar_size if kept else 0)
