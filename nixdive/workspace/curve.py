"""What releases cost over the layer budget, in bytes and in seconds: two curves, and the best of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.errors import PlanError
from nixdive.layering.cost import expected_push, links_push
from nixdive.workspace.budget import soonest, tried

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.layering.request import PlanRequest
    from nixdive.progress import Progress
    from nixdive.workspace.pricer import Pricer


@dataclass(frozen=True, slots=True)
class Curve:
    """What a release is expected to cost for some budgets.

    Attributes:
        churn: NAR bytes that are pushed, without pins, by budget.
        nixpkgs: the same as nixpkgs lays out.
        seconds: until it has arrived, under `churn`.
        floor: NAR bytes that no budget goes below.
        most: the largest budget that the clients allow.
    """

    churn: Mapping[int, int]
    nixpkgs: Mapping[int, int]
    seconds: Mapping[int, float]
    floor: int
    most: int

    @property
    def soonest(self) -> int:
        """The smallest budget with which a release arrives as soon as with any, within a hundredth."""
        return soonest(self.seconds)

    @property
    def knee(self) -> int:
        """The budget whose point lies farthest below the line between the ends of the curve."""
        return knee(self.churn)


def knee(costs: Mapping[int, int]) -> int:
    """Return the budget whose cost lies farthest below the line between those of the first and the last."""
    budgets = sorted(costs)
    first, last = budgets[0], budgets[-1]
    high, low = costs[first], costs[last]
    slope = (low - high) / max(last - first, 1)
    return max(budgets, key=lambda at: (high + slope * (at - first) - costs[at], -at))


def curve(pricer: Pricer, request: PlanRequest, most: int, points: int, progress: Progress) -> Curve | None:
    """Plan for so many budgets, the small ones closer together; None where it was cancelled.

    Args:
        pricer: of the closure.
        request: what is asked for; pins, frozen and carried layers play no part.
        most: the largest budget.
        points: how many budgets.
        progress: asked whether to go on.
    """
    planner = pricer.planner
    model = planner.model(request.rates)
    seconds: dict[int, float] = {}
    costs: dict[str, dict[int, int]] = {"churn": {}, "nixpkgs": {}}
    for budget in tried(most, points):
        for strategy, found in costs.items():
            if progress.cancelled():
                return None
            asked = replace(request.laid_out_by(strategy), max_layers=budget)
            try:
                plan = planner.solve(asked)
            except PlanError:
                continue
            found[budget] = expected_push(plan, model)
            if strategy == "churn":
                seconds[budget] = pricer.seconds(plan, model).release
    if not costs["churn"]:
        return None
    chances = model.scenarios.chances.tolist()
    floor = sum(chance * size for chance, size in zip(chances, planner.closure.nar_sizes, strict=True))
    floor += links_push(planner.solve(request.laid_out_by("churn")), model)
    return Curve(costs["churn"], costs["nixpkgs"], seconds, round(floor), most)
