"""A plan as a file, in the forms that are no image; the same bytes as the command line writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from nixdive.beside import write_text
from nixdive.layering.planwriter import write_plan

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.workspace import Workspace


def write_form(form: str, workspace: Workspace, priced: PricedPlan, target: Path) -> None:
    """Write a plan beside its place, synced, then renamed.

    Args:
        form: one of PLANS.
        workspace: what the plan is of.
        priced: the plan with its figures.
        target: the file.

    Raises:
        NixdiveError: the plan has no such form, or it cannot be written.
    """
    if form == "plan file":
        write_plan(priced.plan, target)
    elif form == "JSON":
        write_text(target, _document(workspace, priced))
    else:
        from nixdive.opening import emitted

        write_text(target, emitted(form.lower(), workspace.subject, priced.plan))


def _document(workspace: Workspace, priced: PricedPlan) -> str:
    from nixdive.layering.cost import release_cost
    from nixdive.layering.document import plan_document
    from nixdive.layering.replan import offer

    plan = priced.plan
    against = [(workspace.baseline.name, priced.cost)] if workspace.baseline and priced.cost else []
    cost = replan = None
    if plan.sized:
        model = workspace.planner.model(plan.request.rates)
        cost = release_cost(plan, model, workspace.planner.frame)
        replan = offer(plan, model, workspace.planner.frame, workspace.planner.past)
    return json.dumps(plan_document(plan, against, cost, replan), indent=2) + "\n"
