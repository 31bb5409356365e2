"""What a plan is expected to cost from release to release, what would be better or worse, and the bound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nixdive.errors import PlanError
from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.hierarchy import BottomUp
from nixdive.layering.compare import push
from nixdive.layering.plan import Frame, LayerKind, LayerPlan
from nixdive.layering.solve import solve
from nixdive.layering.verdict import verdict
from nixdive.sizes import signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.change.scenarios import Costs

_SAME = 1.01  # costs this near to each other are the same
_LEVELS = 1500  # chances that the bound tells apart


@dataclass(frozen=True, slots=True)
class ReleaseCost:
    """Bytes that a release is expected to push: NAR bytes of store layers, tar bytes of links at the root.

    Base layers never change. All figures are estimates of one change model.

    Attributes:
        expected_push: under the plan.
        lower_bound: under no plan in the same budget less than this.
        nixpkgs: as nixpkgs lays out within the same budget, without pins; None where that cannot be done.
        popularity: as nixpkgs did until 2025.
        knee: the fewest layers with which the plan would cost the same, within a hundredth.
        observed: how many releases of a history the model has seen.
        compressed: as `expected_push`, in bytes of the compressed NARs; None where those are not known.
    """

    expected_push: int
    lower_bound: int
    nixpkgs: int | None
    popularity: int | None
    knee: int
    observed: int
    compressed: int | None = None


def release_cost(plan: LayerPlan, model: ChangeModel, frame: Frame = Frame()) -> ReleaseCost:  # noqa: B008  frozen
    """Return what a plan of the model's closure is expected to cost from release to release."""
    closure = model.closure
    stored = [layer for layer in plan.layers if layer.kind is LayerKind.STORE]
    layers = [[closure.index[path] for path in layer.paths] for layer in stored]
    around = links_push(plan, model)
    paths = sorted(i for layer in layers for i in layer)
    room = plan.budget - (len(plan.layers) - len(stored))
    least = lower_bound(model.scenarios.chances[paths], [closure.nar_sizes[i] for i in paths], max(room, 1))
    return ReleaseCost(
        expected_push=round(model.scenarios.expected(layers, closure.nar_sizes) + around),
        lower_bound=round((least if paths else 0.0) + around),
        nixpkgs=_under("nixpkgs", plan, model, frame),
        popularity=_under("popularity", plan, model, frame),
        knee=_knee(model, layers) + len(plan.layers) - len(stored),
        observed=model.observed,
        compressed=_compressed(model, layers),
    )


def expected_push(plan: LayerPlan, model: ChangeModel) -> int:
    """Return the bytes that a release is expected to push under a plan of the model's closure."""
    closure = model.closure
    stored = [layer for layer in plan.layers if layer.kind is LayerKind.STORE]
    layers = [[closure.index[path] for path in layer.paths] for layer in stored]
    return round(model.scenarios.expected(layers, closure.nar_sizes) + links_push(plan, model))


def _compressed(model: ChangeModel, layers: Sequence[Sequence[int]]) -> int | None:
    sizes = [info.download_size for info in model.closure.infos]
    known = [size for size in sizes if size is not None]
    return round(model.scenarios.expected(layers, known)) if len(known) == len(sizes) else None


def links_push(plan: LayerPlan, model: ChangeModel) -> float:
    """Return what a release pushes of the links at the root: they lead to the roots, and change with them."""
    links = sum(layer.nar_size for layer in plan.layers if layer.kind is LayerKind.CUSTOMISATION)
    return links * model.scenarios.probability(model.closure.roots) if links and model.closure.roots else 0.0


def _under(strategy: str, plan: LayerPlan, model: ChangeModel, frame: Frame) -> int | None:
    request = replace(plan.request.laid_out_by(strategy), max_layers=plan.budget)
    try:
        return expected_push(solve(model.closure, request, frame), model)
    except PlanError:
        return None


def _knee(model: ChangeModel, layers: Sequence[Sequence[int]]) -> int:
    """Return the fewest layers that cost the same, merging what costs least, over and over."""
    if not layers:
        return 0
    paths = [i for layer in layers for i in layer]
    atoms = Atoms.apart(model.scenarios, model.closure.nar_sizes, paths)
    costs = BottomUp(atoms, atoms.named(layers)).costs
    return min(count for count, cost in enumerate(reversed(costs), 1) if cost <= costs[0] * _SAME)


@dataclass(frozen=True, slots=True)
class Replan:
    """What another layout costs.

    Attributes:
        once: NAR bytes that the next push sends more; less than 0 where it sends less.
        each_release: NAR bytes that every later release is expected to push more.
    """

    once: int
    each_release: int

    @property
    def verdict(self) -> str:
        """What that amounts to, in a few words."""
        return verdict(self.once, self.each_release)

    @property
    def words(self) -> str:
        """What it costs and saves, and what that amounts to."""
        return f"{signed(self.once)} once, {signed(self.each_release)} each release, {self.verdict}"


def moving(plan: LayerPlan, model: ChangeModel, frame: Frame, pushed: Sequence[LayerPlan]) -> Replan | None:
    """Return what a plan costs and saves by moving layers of the earlier one; None where it moves none.

    It is held against the plan that pushes least now. Arguments as for `offer`.
    """
    request = plan.request
    if not (request.carried and request.horizon) or request.strategy != "churn":
        return None
    least = solve(model.closure, replace(request, horizon=0), frame, pushed, model)
    if {layer.paths for layer in least.layers} == {layer.paths for layer in plan.layers}:
        return None
    before = pushed or (plan,)
    once = push(plan, *before).push_bytes - push(least, *before).push_bytes
    return Replan(once, expected_push(plan, model) - expected_push(least, model))


def offer(plan: LayerPlan, model: ChangeModel, frame: Frame, pushed: Sequence[LayerPlan]) -> Replan | None:
    """Return what laying out anew would do to a plan that was carried; None where it would do nothing.

    Args:
        plan: as it is, of the model's closure.
        model: what is believed of the releases to come.
        frame: the layers around those of the store.
        pushed: the plans of what was pushed before; without any, the plan itself counts as pushed.
    """
    if not plan.request.carried:
        return None
    anew = solve(model.closure, plan.request.anew(), frame, pushed, model)
    if {layer.paths for layer in anew.layers} == {layer.paths for layer in plan.layers}:
        return None
    before = pushed or (plan,)
    once = push(anew, *before).push_bytes - push(plan, *before).push_bytes
    return Replan(once, expected_push(anew, model) - expected_push(plan, model))


def lower_bound(chances: Costs, sizes: Sequence[int], count: int) -> float:
    """Return bytes that every layout of the paths in at most so many layers is expected to push.

    A layer changes at least as often as the member that changes most. If it changed only then, layers of
    neighbours in the order of change would be best, and dynamic programming finds where to cut that order.
    The cost of the best cuts is convex in their number, so a layer has a price instead, and every price gives
    a bound. Under a price some number of layers costs least; two numbers, one too large and one too small,
    cost the same under another price, which is tried next, until nothing between them costs less.

    Args:
        chances: for each path the chance that a release changes it.
        sizes: bytes of each.
        count: layers, at least 1.
    """
    levels, weights = _levels(chances, np.array(sizes, dtype=np.float64))
    if len(levels) <= count:
        return float((levels * weights).sum())
    below = [0.0, *np.cumsum(weights).tolist()]
    steps = levels.tolist()
    price: float = below[-1] * steps[-1]  # so high that no cut is worth it
    many, few = _cheapest(steps, below, 0.0), _cheapest(steps, below, price)
    best = max(many.cost, few.cost + price * (few.layers - count))
    while many.layers > count > few.layers:
        price = (few.cost - many.cost) / (many.layers - few.layers)
        tried = _cheapest(steps, below, price)
        best = max(best, tried.cost + price * (tried.layers - count))
        if not few.layers < tried.layers < many.layers:
            break
        if tried.layers < count:
            few = tried
        else:
            many = tried
    return best


def _levels(chances: Costs, sizes: Costs) -> tuple[Costs, Costs]:
    """Return the chances that occur, ascending, with the bytes that have each; near ones are rounded down."""
    order = np.argsort(chances, kind="stable")
    levels, starts = np.unique(chances[order], return_index=True)
    weights = np.add.reduceat(sizes[order], starts)
    if len(levels) <= _LEVELS:
        return levels, weights
    kept = np.unique(np.linspace(0, len(levels) - 1, _LEVELS).astype(np.int64))
    return levels[kept], np.add.reduceat(weights, kept)


class _Cuts(NamedTuple):
    """Levels in layers: what all layers cost, without their price, and how many there are."""

    cost: float
    layers: int


def _cheapest(levels: Sequence[float], below: Sequence[float], price: float) -> _Cuts:
    """Return how levels are cut into layers that cost least, where each has a price besides.

    For a place of the last cut, the cost is a line over the chance that the last layer changes.

    Args:
        levels: chances, ascending.
        below: the bytes below each, and of all.
        price: of a layer.
    """
    slopes, starts, counts = [0.0], [0.0], [0]  # of the lines that are lowest somewhere
    at = 0
    cost, layers = 0.0, 0
    for i, level in enumerate(levels, 1):
        least = slopes[at] * level + starts[at]
        while at + 1 < len(slopes) and (other := slopes[at + 1] * level + starts[at + 1]) <= least:
            at += 1
            least = other
        cost, layers, slope = below[i] * level + least + price, counts[at] + 1, -below[i]
        # a line that is lowest nowhere between the one before and the new one, steeper and steeper, goes
        while len(slopes) - at >= 2 and (cost - starts[-2]) * (slopes[-2] - slopes[-1]) <= (
            starts[-1] - starts[-2]
        ) * (slopes[-2] - slope):
            slopes.pop()
            starts.pop()
            counts.pop()
        slopes.append(slope)
        starts.append(cost)
        counts.append(layers)
    return _Cuts(cost - price * layers, layers)
