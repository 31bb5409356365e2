"""The earlier version that a plan is compared with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve

if TYPE_CHECKING:
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening.subject import Subject


def baseline_plan(subject: Subject, request: PlanRequest) -> LayerPlan:
    """Return the plan of an earlier version: as it was found, else by the same request.

    Pins and exclusions that match nothing in the earlier version are left out there.
    """
    if subject.strategy == "keep":
        request = PlanRequest(strategy="keep", max_layers=request.max_layers)
    else:
        paths = subject.closure.paths
        request = replace(
            request,
            pins=tuple(pin for pin in request.pins if any(map(pin.matches, paths))),
            exclude=tuple(path for path in request.exclude if path in subject.closure.index),
        )
    return solve(subject.closure, request, subject.frame)
