"""From a closure and a request to a plan: pins and exclusions, then the strategy, then a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.errors import BudgetError
from nixdive.layering.check import problems
from nixdive.layering.frame import Frame
from nixdive.layering.order import by_name
from nixdive.layering.pins import claim
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import MOST_LAYERS
from nixdive.layering.strategies import STRATEGIES, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath


def solve(closure: Closure, request: PlanRequest, frame: Frame = Frame()) -> LayerPlan:  # noqa: B008  it is frozen
    """Lay out the closure.

    From the lowest: the base layers, the pinned layers in the order of their first pins, the layers of the
    strategy, the customisation layer. Pinned layers lie low because people pin what seldom changes.

    Raises:
        BudgetError: the budget is over 125, or too small for base, pins, customisation and the rest.
        PinError: a pin matches nothing, or two pins claim one path for two layers.
        UnknownPathError: an excluded path is not in the closure.
        UnknownNameError: no such strategy.
        PlanError: the strategy cannot do it.
    """
    strategy = STRATEGIES.get(request.strategy)
    excluded = frozenset(closure.find(path) for path in request.exclude)
    pinned = claim(closure, request.pins, excluded)
    taken = excluded.union(*pinned.values())
    free = tuple(i for i in range(len(closure)) if i not in taken)
    limit = _room(request.max_layers, frame, len(pinned), rest=bool(free))
    layers = [_layer(closure, by_name(closure, pinned[name]), f"pinned: {name}", name) for name in pinned]
    left_out: list[StorePath] = []
    if free:
        index = closure.index
        found = tuple(tuple(index[path] for path in layer if path in index) for layer in frame.found)
        task = Task(closure, free, excluded, limit, request.pipeline, found)
        groups = strategy(task)
        layers += [_layer(closure, one.members, one.reason) for one in groups if not one.left_out]
        left_out = [closure.paths[i] for one in groups if one.left_out for i in one.members]
    top = (frame.customisation,) if frame.customisation else ()
    plan = LayerPlan(request, (*frame.base, *layers, *top), tuple(left_out), closure.sized)
    wrong = problems(closure, plan)
    assert not wrong, wrong  # noqa: S101  a strategy with a bug must not cost anyone a path
    return plan


def _layer(closure: Closure, indices: Sequence[int], reason: str, pin: str | None = None) -> Layer:
    paths = tuple(closure.paths[i] for i in indices)
    return Layer(LayerKind.STORE, paths, sum(closure.nar_sizes[i] for i in indices), reason, pin)


def _room(budget: int, frame: Frame, pins: int, *, rest: bool) -> int:
    if not 1 <= budget <= MOST_LAYERS:
        raise BudgetError(
            f"a budget of {budget} layers is not between 1 and {MOST_LAYERS}",
            hint=f"Docker loads at most {MOST_LAYERS} layers",
        )
    parts = [
        (len(frame.base), f"{len(frame.base)} base"),
        (pins, f"{pins} pin" if pins == 1 else f"{pins} pins"),
        (int(frame.customisation is not None), "files"),
        (int(rest), "rest"),
    ]
    needed = sum(count for count, _ in parts)
    if needed > budget:
        words = " + ".join(word for count, word in parts if count)
        noun = "layer" if needed == 1 else "layers"
        raise BudgetError(
            f"budget {budget} is below the {words} = {needed} {noun}", hint="raise --max-layers"
        )
    return budget - needed + int(rest)
