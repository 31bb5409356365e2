"""From a closure and a request to a plan: pins and exclusions, then the strategy, then a check."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from nixdive.errors import BudgetError, PlanError
from nixdive.layering.check import problems
from nixdive.layering.frame import Frame
from nixdive.layering.homes import homes
from nixdive.layering.order import by_name
from nixdive.layering.past import Past
from nixdive.layering.pins import claim
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import MOST_LAYERS
from nixdive.layering.strategies import STRATEGIES, Group, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.request import PlanRequest


# these lay out by what they are told, not by what was before
_TOLD = frozenset({"keep", "pipeline"})


def solve(
    closure: Closure,
    request: PlanRequest,
    frame: Frame = Frame(),  # noqa: B008  it is frozen
    past: Past = Past(),  # noqa: B008  it is frozen
    model: ChangeModel | None = None,
) -> LayerPlan:
    """Lay out the closure.

    From the lowest: the base layers, the store layers, the customisation layer. Pinned layers lie below those
    of the strategy, in the order of their first pins, because people pin what seldom changes; `churn` puts
    those lowest that change least. A carried plan keeps its order; new pins lie below what changes more.

    Args:
        closure: the store paths.
        request: what is asked for.
        frame: the layers around those of the store.
        past: what was pushed before.
        model: what is believed of the releases to come, of this closure, past and rates; worked out where it
            is needed and not given. With it every layer has its chance of change.

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
    fixed = _fixed(closure, frame, excluded.union(*pinned.values()))
    taken = excluded.union(fixed, *pinned.values())
    free = tuple(i for i in range(len(closure)) if i not in taken)
    keep = request.strategy == "keep"
    limit = _room(request.max_layers, frame, len(pinned), rest=bool(free), keep=keep)
    carried = bool(request.carried) and request.strategy not in _TOLD
    if model is None and (carried or request.strategy == "churn"):
        from nixdive.layering.change.model import ChangeModel  # noqa: PLC0415  other strategies need no model

        model = ChangeModel.of(closure, past.closures, request.rates)
    groups = [Group(by_name(closure, pinned[name]), f"pinned: {name}", pin=name) for name in pinned]
    if free and carried and model is not None:
        from nixdive.layering.carry import carry  # noqa: PLC0415  as above

        grow = request.strategy == "churn"  # others have as many layers as they make
        groups += carry(model, request.carried, free, limit, past.pushed, grow=grow)
    elif free:
        index = closure.index
        found = tuple(tuple(index[path] for path in layer if path in index) for layer in frame.found)
        groups += strategy(Task(closure, free, excluded, limit, request.pipeline, found, model))
    if model is not None and carried:
        groups = _pins_between(model, groups, request.carried)
    elif model is not None and request.strategy == "churn":
        groups = stable_first(model, groups)
    layers = [_layer(closure, group, model) for group in groups if not group.left_out]
    left_out = tuple(closure.paths[i] for group in groups if group.left_out for i in group.members)
    plan = LayerPlan(request, frame.around(layers, keep=keep), left_out, closure.sized)
    wrong = problems(closure, plan)
    assert not wrong, wrong  # noqa: S101  a strategy with a bug must not cost anyone a path
    return plan


def stable_first(model: ChangeModel, groups: Iterable[Group]) -> list[Group]:
    """Return the groups, the one that changes least first; among equals by name.

    A client that reuses a layer only if it has all below it then reuses most.
    """
    paths = model.closure.paths

    def key(group: Group) -> tuple[float, str, tuple[int, ...]]:
        return model.scenarios.probability(group.members), paths[group.members[0]].name, group.members

    return sorted(groups, key=key)


def _pins_between(
    model: ChangeModel, groups: Sequence[Group], carried: Sequence[Sequence[str]]
) -> list[Group]:
    """Return the groups in their order, and between them those of pins.

    A pinned layer that is carried lies where it lay; a new one below the first that changes more.
    """
    pinned = [group for group in groups if group.pin is not None]
    order = [group for group in groups if group.pin is None]
    if not pinned:
        return order
    home = homes(model.closure.paths, carried)
    count = Counter(one.layer for one in home.values())

    def lay(group: Group) -> Counter[int]:
        return Counter(home[i].layer for i in group.members if i in home)

    places = {group: min(found) for group in order if (found := lay(group))}
    new = []
    for group in pinned:
        found = lay(group)
        place = min(found, default=-1)
        if len(found) == 1 and found[place] == count[place]:
            above = (at for at, other in enumerate(order) if places.get(other, -1) > place)
            order.insert(next(above, len(order)), group)
            places[group] = place
        else:
            new.append(group)
    chance = {group: model.scenarios.probability(group.members) for group in groups}
    for group in new:
        above = (at for at, other in enumerate(order) if chance[other] > chance[group])
        order.insert(next(above, len(order)), group)
    return order


def _layer(closure: Closure, group: Group, model: ChangeModel | None) -> Layer:
    paths = tuple(closure.paths[i] for i in group.members)
    chance = None if model is None else model.scenarios.probability(group.members)
    size = sum(closure.nar_sizes[i] for i in group.members)
    return Layer(LayerKind.STORE, paths, size, group.reason, group.pin, chance)


def _fixed(closure: Closure, frame: Frame, asked: AbstractSet[int]) -> frozenset[int]:
    """Return the paths of layers that stay as they are; raise PlanError where one is asked to go."""
    staying = (*frame.base, *(layer for _, layer in frame.above))
    fixed = frozenset(closure.index[path] for layer in staying for path in layer.paths)
    if fixed & asked:
        path = closure.paths[min(fixed & asked)]
        raise PlanError(
            f"{path} lies in a layer together with other files, which stays as it is: "
            "it can be neither pinned nor excluded"
        )
    return fixed


def _room(budget: int, frame: Frame, pins: int, *, rest: bool, keep: bool) -> int:
    if not 1 <= budget <= MOST_LAYERS:
        raise BudgetError(
            f"a budget of {budget} layers is not between 1 and {MOST_LAYERS}",
            hint=f"Docker loads at most {MOST_LAYERS} layers",
        )
    parts = [
        (len(frame.base), f"{len(frame.base)} base"),
        (pins, f"{pins} pin" if pins == 1 else f"{pins} pins"),
        (frame.count(keep=keep) - len(frame.base), "files"),
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
