"""A plan as a file, in the forms that are no image; the same bytes as the command line writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from nixdive.beside import write_text
from nixdive.layering.planwriter import write_plan

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.ui.desk import Desk
    from nixdive.ui.standing import Standing


def write_form(form: str, desk: Desk, standing: Standing, target: Path) -> None:
    """Write a plan beside its place, synced, then renamed.

    Args:
        form: one of PLANS.
        desk: what the plan is of.
        standing: the plan with its figures.
        target: the file.

    Raises:
        NixdiveError: the plan has no such form, or it cannot be written.
    """
    if form == "plan file":
        write_plan(standing.plan, target)
    elif form == "JSON":
        write_text(target, _document(desk, standing))
    else:
        from nixdive.opening import emitted

        write_text(target, emitted(form.lower(), desk.subject, standing.plan))


def _document(desk: Desk, standing: Standing) -> str:
    from nixdive.layering.cost import release_cost
    from nixdive.layering.document import plan_document
    from nixdive.layering.replan import offer

    plan = standing.plan
    against = [(desk.baseline.name, standing.cost)] if desk.baseline and standing.cost else []
    cost = replan = None
    if plan.sized:
        model = desk.planner.model(plan.request.rates)
        cost = release_cost(plan, model, desk.planner.frame)
        replan = offer(plan, model, desk.planner.frame, desk.planner.past)
    return json.dumps(plan_document(plan, against, cost, replan), indent=2) + "\n"
