"""From a closure and a request to a plan: pins and exclusions, then the strategy, then a check."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from nixdive.errors import BudgetError, PlanError
from nixdive.layering.pins import claim, kept
from nixdive.layering.plan import Frame, Layer, LayerKind, LayerPlan, problems
from nixdive.layering.request import MOST_LAYERS, PlanRequest
from nixdive.layering.stamp import layer_hash
from nixdive.layering.strategies import STRATEGIES, Group, Task
from nixdive.layering.versions import homes, resolved
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.model import ChangeModel
    from nixdive.store.path import StorePath


# these lay out by what they are told, not by what was before
_TOLD = frozenset({"keep", "pipeline"})


def solve(
    closure: Closure,
    request: PlanRequest,
    frame: Frame = Frame(),  # noqa: B008  it is frozen
    pushed: Sequence[LayerPlan] = (),
    model: ChangeModel | None = None,
) -> LayerPlan:
    """Lay out the closure.

    From the lowest: the base layers, the store layers, the customisation layer. Pinned layers lie below those
    of the strategy, in the order of their first pins, because people pin what seldom changes; `churn` puts
    those lowest that change least. A carried plan keeps its order; a pinned or frozen layer that is new to it
    lies below what changes more.

    Args:
        closure: the store paths.
        request: what is asked for.
        frame: the layers around those of the store.
        pushed: the plans of what was pushed before: the registry has their layers.
        model: what is believed of the releases to come, of this closure and the request's rates; where it is
            needed and not given, it is worked out from the closure alone. With it every layer has its
            chance of change.

    Raises:
        BudgetError: the budget is not a number of layers, or too small for what must be there.
        PinError: a pin matches nothing, or two pins claim one path for two layers.
        FrozenError: a frozen layer cannot stay as it is.
        UnknownPathError: an excluded path is not in the closure.
        UnknownNameError: no such strategy.
        PlanError: the strategy cannot do it, or the layers of the frame can only stay as they are.
    """
    strategy = STRATEGIES.get(request.strategy)
    if request.carry_on and request.strategy == "churn" and pushed and not request.carried:
        request = request.carrying_on(pushed[-1])
    keep = request.strategy == "keep"
    excluded = frozenset(closure.find(path) for path in request.exclude)
    pinned = claim(closure, request.pins, excluded)
    frozen = kept(closure, request.frozen, pinned, excluded)
    fixed = _fixed(closure, frame, excluded.union(*pinned.values(), *frozen), keep=keep)
    taken = excluded.union(fixed, *pinned.values(), *frozen)
    free = tuple(i for i in range(len(closure)) if i not in taken)
    asked = {"pin": len(pinned), "frozen layer": len(frozen)}
    limit = _room(request.max_layers, frame, asked, rest=bool(free), keep=keep)
    carried = () if request.strategy in _TOLD else resolved(request.carried, _last(pushed))
    if model is None and needs_model(request, frame, closure.paths):
        from nixdive.layering.change.model import ChangeModel  # noqa: PLC0415  other strategies need no model

        model = ChangeModel.of(closure, wishes=request.rates)
    index = closure.index
    found = tuple(tuple(index[path] for path in layer if path in index) for layer in frame.found)
    was = _Found.of(found if keep else ())
    groups = [Group(was.ordered(closure, pinned[name]), f"pinned: {name}", pin=name) for name in pinned]
    groups += [Group(members, "frozen: it keeps its bytes", frozen=True) for members in frozen]
    there = _there(frame, found, pushed) if keep else frozenset()
    task = Task(closure, free, excluded, limit, request.pipeline, found, model, there, request.horizon)
    if free and carried and model is not None:
        groups += _carried_on(model, request, carried, task, pushed)
    elif free:
        groups += strategy(task)
    if keep:
        groups = sorted(groups, key=was.place)
    elif model is not None and carried:
        groups = _decided_between(model, groups, carried) if any(map(_decided, groups)) else groups
    elif model is not None and request.strategy == "churn":
        groups = stable_first(model, groups)
    layers = [_layer(closure, group, model) for group in groups if not group.left_out]
    left_out = tuple(closure.paths[i] for group in groups if group.left_out for i in group.members)
    plan = LayerPlan(request, frame.around(layers, keep=keep), left_out, closure.sized)
    if frame.fixed is not None and (left_out or tuple(layer.paths for layer in layers) != frame.found):
        raise PlanError(
            f"nothing can be laid out anew: {frame.fixed}", hint="the strategy keep, alone, shows it as it is"
        )
    wrong = problems(closure, plan)
    assert not wrong, wrong  # noqa: S101  a strategy with a bug must not cost anyone a path
    return plan


@dataclass(frozen=True, slots=True)
class _Found:
    """The layers that were found, for a plan that keeps them: pinned and frozen ones stay in their places.

    Attributes:
        layers: for the paths of each, their order.
        places: for each path the place of its layer.
    """

    layers: Mapping[frozenset[int], tuple[int, ...]]
    places: Mapping[int, int]

    @classmethod
    def of(cls, found: Sequence[tuple[int, ...]]) -> Self:
        """Return it for the layers, lowest first; a path that was found twice stays where it was first."""
        places = {i: place for place, layer in reversed([*enumerate(found)]) for i in layer}
        return cls({frozenset(layer): layer for layer in found}, places)

    def ordered(self, closure: Closure, members: Sequence[int]) -> tuple[int, ...]:
        """Return the paths of a layer as they were found, or in the usual order."""
        return self.layers.get(frozenset(members)) or closure.ordered(members)

    def place(self, group: Group) -> float:
        """Return where a layer belongs; one that people have made otherwise lies below all others."""
        if _decided(group) and frozenset(group.members) not in self.layers:
            return -1
        return min(self.places.get(i, math.inf) for i in group.members)


def _carried_on(
    model: ChangeModel,
    request: PlanRequest,
    carried: Sequence[Sequence[str]],
    task: Task,
    pushed: Sequence[LayerPlan],
) -> list[Group]:
    """Return the free paths in the layers that are carried on.

    Only `churn` moves what pays; others keep the layers that there were. Without a plan of what was pushed
    the registry has what was carried.
    """
    from nixdive.layering.carry import Earlier, carry  # noqa: PLC0415  not every plan needs numbers
    from nixdive.layering.pay import paying  # noqa: PLC0415  as above

    free, limit = task.free, task.limit
    there = frozenset(layer_hash(layer.paths) for plan in pushed for layer in plan.layers if layer.paths)
    if request.hashes and request.strategy == "churn":
        again = next(filter(None, (_again(model, plan, free, limit) for plan in reversed(pushed))), None)
        if again is not None:
            return again
    known = request.hashes or [""] * len(carried)
    # one that was pushed is known even where the request does not know what was in it
    hashes = [
        one if one or (found := layer_hash(layer)) not in there else found
        for one, layer in zip(known, carried, strict=True)
    ]
    earlier = Earlier(model.closure, carried, hashes, there if pushed else frozenset(hashes), free)
    if request.strategy == "churn":
        return paying(
            model,
            earlier,
            limit,
            request.horizon,
            lambda stay: _afresh(model, task, stay),
            spare=request.spare,
        )
    return carry(model, earlier, limit, request.horizon, grow=False)


def _afresh(model: ChangeModel, task: Task, stay: Sequence[Group]) -> Iterator[list[Group]]:
    """Yield layouts in which some layers stay, and the rest is laid out without regard to earlier ones."""
    taken = {i for group in stay for i in group.members}
    left = tuple(i for i in task.free if i not in taken)
    rest = replace(task, free=left, limit=task.limit - len(stay))
    for name in ("churn", "nixpkgs"):
        yield stable_first(model, [*stay, *STRATEGIES.get(name)(rest)])


def _again(model: ChangeModel, plan: LayerPlan, free: Sequence[int], limit: int) -> list[Group] | None:
    """Return the store layers of a plan that was pushed, if they hold the free paths and no others."""
    index = model.closure.index
    if len(plan.stored) > limit or not all(path in index for layer in plan.stored for path in layer):
        return None
    groups = [tuple(index[path] for path in layer) for layer in plan.stored]
    if sorted(i for group in groups for i in group) != sorted(free):
        return None
    return [Group(group, f"pushed before; {model.reason(group)}") for group in groups]


def _there(
    frame: Frame, found: Sequence[tuple[int, ...]], pushed: Sequence[LayerPlan]
) -> frozenset[tuple[int, ...]]:
    """Return those of the found layers that the registry has: all where nobody says what was pushed."""
    if not pushed:
        return frozenset(found)
    known = {layer.paths for plan in pushed for layer in plan.layers} | frame.foreign
    return frozenset(here for here, paths in zip(found, frame.found, strict=True) if paths in known)


def needs_model(
    request: PlanRequest,
    frame: Frame = Frame(),  # noqa: B008  it is frozen
    paths: Iterable[StorePath] = (),
) -> bool:
    """Whether a plan cannot be made without a change model.

    One by `churn` cannot, nor one that is carried on, nor one that keeps more layers than there is room for.

    Args:
        request: what is asked for.
        frame: the layers around those of the store, and those that were found.
        paths: what is laid out: where some of them were found in no layer, `keep` has one more for them.
    """
    if request.strategy == "keep":
        found = {path for layer in frame.found for path in layer}
        more = len(request.pins) + len(request.frozen) + any(path not in found for path in paths)
        return frame.budget(1) + more > request.max_layers
    return request.strategy == "churn" or (bool(request.carried) and request.strategy not in _TOLD)


def stable_first(model: ChangeModel, groups: Iterable[Group]) -> list[Group]:
    """Return the groups, the one that changes least first; among equals by name.

    A client that reuses a layer only if it has all below it then reuses most.
    """
    paths = model.closure.paths

    def key(group: Group) -> tuple[float, str, tuple[int, ...]]:
        return model.scenarios.probability(group.members), paths[group.members[0]].name, group.members

    return sorted(groups, key=key)


def _decided_between(
    model: ChangeModel, groups: Sequence[Group], layers: Sequence[Sequence[str]]
) -> list[Group]:
    """Return the groups in their order, the pinned and frozen ones between them.

    One that was a layer of the carried plan stays where that layer was; others lie below the first that
    changes more.
    """
    home = homes(model.closure, layers)
    often = Counter(one.layer for one in home.values())

    def was(group: Group) -> int | None:
        """Return the number of the layer that the group was, or None where it was not one."""
        numbers = {home[i].layer if i in home else None for i in group.members}
        number = numbers.pop()
        whole = not numbers and number is not None and often[number] == len(group.members)
        return number if whole else None

    order = [group for group in groups if not _decided(group)]
    # where each of the others comes from: one that has its paths out of several layers, from the lowest
    places = [min((home[i].layer for i in group.members if i in home), default=None) for group in order]
    for group in (one for one in groups if _decided(one)):
        number = was(group)
        if number is not None:
            above = (i for i, place in enumerate(places) if place is not None and place > number)
        else:
            chance = model.scenarios.probability(group.members)
            above = (i for i, one in enumerate(order) if model.scenarios.probability(one.members) > chance)
        at = next(above, len(order))
        order.insert(at, group)
        places.insert(at, number)
    return order


def _last(pushed: Sequence[LayerPlan]) -> Iterable[StorePath]:
    return pushed[-1].layer_of() if pushed else ()


def _decided(group: Group) -> bool:
    return group.pin is not None or group.frozen


def _layer(closure: Closure, group: Group, model: ChangeModel | None) -> Layer:
    paths = tuple(map(closure.paths.__getitem__, group.members))
    chance = None if model is None else model.scenarios.probability(group.members)
    size = sum(map(closure.nar_sizes.__getitem__, group.members))
    return Layer(LayerKind.STORE, paths, size, group.reason, group.pin, chance, group.frozen)


def _fixed(closure: Closure, frame: Frame, asked: AbstractSet[int], *, keep: bool) -> frozenset[int]:
    """Return the paths of layers that stay as they are; raise PlanError where one is asked to go."""
    fixed = frozenset(closure.index[path] for path in frame.fixed_paths(keep=keep))
    if fixed & asked:
        path = closure.paths[min(fixed & asked)]
        raise PlanError(
            f"{path} is in a layer with other files, which stays as it is: "
            "it can be neither pinned nor excluded"
        )
    return fixed


def _room(budget: int, frame: Frame, asked: Mapping[str, int], *, rest: bool, keep: bool) -> int:
    most = max(MOST_LAYERS, frame.budget(1)) if keep else MOST_LAYERS  # what is there can be looked at
    if not 1 <= budget <= most:
        raise BudgetError(f"a budget of {budget} layers is not between 1 and {most}")
    parts = [
        (len(frame.base), f"{len(frame.base)} base"),
        *((count, counted(count, noun)) for noun, count in asked.items()),
        (frame.count(keep=keep) - len(frame.base), "files"),
        (int(rest), "rest"),
    ]
    needed = sum(count for count, _ in parts)
    if needed > budget:
        words = " + ".join(word for count, word in parts if count)
        noun = "layer" if needed == 1 else "layers"
        raise BudgetError(
            f"budget {budget} is below the {words} = {needed} {noun}",
            hint="raise --max-layers" if needed <= MOST_LAYERS else None,
            needed=needed,
        )
    return budget - needed + int(rest)
