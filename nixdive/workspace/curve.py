"""What releases cost over the layer budget: the curve, and its knee."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.errors import PlanError
from nixdive.layering.cost import expected_push, links_push
from nixdive.layering.request import MOST_LAYERS, PlanRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.layering.planner import Planner
    from nixdive.progress import Progress


@dataclass(frozen=True, slots=True)
class Curve:
    """Expected NAR bytes of a release for some budgets.

    Attributes:
        churn: without pins, by budget.
        nixpkgs: as nixpkgs lays out.
        floor: what no budget goes below.
    """

    churn: Mapping[int, int]
    nixpkgs: Mapping[int, int]
    floor: int

    @property
    def knee(self) -> int:
        """The budget whose point lies farthest below the line between the ends of the curve."""
        budgets = sorted(self.churn)
        first, last = budgets[0], budgets[-1]
        high, low = self.churn[first], self.churn[last]
        slope = (low - high) / max(last - first, 1)
        return max(budgets, key=lambda at: (high + slope * (at - first) - self.churn[at], -at))


def curve(planner: Planner, request: PlanRequest, points: int, progress: Progress) -> Curve | None:
    """Plan for so many budgets, the small ones closer together; None where it was cancelled.

    Args:
        planner: of the closure.
        request: what is asked for; pins, frozen and carried layers play no part.
        points: how many budgets.
        progress: asked whether to go on.
    """
    model = planner.model(request.rates)
    costs: dict[str, dict[int, int]] = {"churn": {}, "nixpkgs": {}}
    for budget in budgets(points):
        for strategy, found in costs.items():
            if progress.cancelled():
                return None
            asked = replace(request.laid_out_by(strategy), max_layers=budget)
            try:
                found[budget] = expected_push(planner.solve(asked), model)
            except PlanError:
                continue
    if not costs["churn"]:
        return None
    chances = model.scenarios.chances.tolist()
    floor = sum(chance * size for chance, size in zip(chances, planner.closure.nar_sizes, strict=True))
    floor += links_push(planner.solve(request.laid_out_by("churn")), model)
    return Curve(costs["churn"], costs["nixpkgs"], round(floor))


def budgets(points: int) -> tuple[int, ...]:
    """Return so many budgets at most, from 1 to the most that Docker loads."""
    shares = (i / max(points - 1, 1) for i in range(points))
    return tuple(sorted({round(1 + (MOST_LAYERS - 1) * share**1.5) for share in shares}))
