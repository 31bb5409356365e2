"""What an edit starts from: a plan with its figures, and what the clients allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Frame, LayerPlan
    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.priced_plan import PricedPlan


@dataclass(frozen=True, slots=True)
class Situation:
    """Where an edit is made.

    Attributes:
        request: what is asked for; the plan's own request has what it was carried on from as well.
        priced: the plan that is there.
        most: the largest budget that the clients allow.
    """

    request: PlanRequest
    priced: PricedPlan
    most: int

    @property
    def plan(self) -> LayerPlan:
        """The layers."""
        return self.priced.plan

    @property
    def closure(self) -> Closure:
        """What is laid out."""
        return self.priced.pricer.planner.closure

    @property
    def frame(self) -> Frame:
        """The layers around those of the store."""
        return self.priced.pricer.planner.frame

    @property
    def baseline(self) -> LayerPlan | None:
        """The layers that were pushed before; None where there is no earlier version."""
        baseline = self.priced.baseline
        return baseline.plan if baseline else None
