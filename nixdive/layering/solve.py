"""From a closure and a request to a plan: pins and exclusions first, the strategy on the rest, then a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.frame import Frame

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.request import PlanRequest


def solve(closure: Closure, request: PlanRequest, frame: Frame = Frame()) -> LayerPlan:  # noqa: B008  it is frozen
    """Lay out the closure.

    Raises:
        BudgetError: the budget is too small for base, pins, customisation and one layer for the rest, or over 125.
        PinError: a pin matches nothing, or two pins claim one path for two layers.
        UnknownNameError: no such strategy.
        PipelineError: the pipeline cannot run.
    """
    raise NotImplementedError
