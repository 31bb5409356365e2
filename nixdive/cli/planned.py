"""From PLAN OPTIONS to a plan with its prices: what every command that lays out has in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nixdive.cli.options import plan_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.compare import PushCost
    from nixdive.layering.cost import ReleaseCost
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.replan import Replan
    from nixdive.opening import Subject
    from nixdive.progress import Progress


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and what it costs.

    Attributes:
        name: what was laid out.
        closure: its store paths.
        plan: how they are laid out.
        against: earlier versions as the user named them, and what a push costs after each.
        cost: what a release is expected to push; None where it was not asked for, or sizes are unknown.
        replan: what laying out anew would cost and save; None where nothing was carried, or as above.
    """

    name: str
    closure: Closure
    plan: LayerPlan
    against: Sequence[tuple[str, PushCost]] = ()
    cost: ReleaseCost | None = None
    replan: Replan | None = None


def planned(
    subject: Subject, options: Mapping[str, Any], progress: Progress, *, priced: bool = False
) -> Planned:
    """Lay out what was opened.

    Args:
        subject: what was opened.
        options: the values of PLAN OPTIONS by their names.
        progress: told of each phase.
        priced: whether to work out what a release is expected to push.

    Raises:
        NixdiveError: an earlier version cannot be opened, or the options cannot be met.
    """
    from nixdive.layering.compare import push
    from nixdive.layering.solve import solve
    from nixdive.opening import continued, earlier_versions, past_of

    request = plan_request(options, subject.strategy, subject.frame)
    versions = earlier_versions(
        options["against"], request, progress, before=subject.before, platform=options["platform"]
    )
    past = past_of(versions)
    if not options["replan"]:
        request = continued(request, versions)
    progress.start("planning", None)
    model = None
    if priced and subject.closure.sized:
        from nixdive.layering.change.model import ChangeModel

        model = ChangeModel.of(subject.closure, past.closures, request.rates)
    plan = solve(subject.closure, request, subject.frame, past, model)
    cost = replan = None
    if model is not None:
        from nixdive.layering.cost import release_cost
        from nixdive.layering.replan import offer

        cost = release_cost(plan, model, subject.frame)
        replan = offer(plan, model, subject.frame, past)
    against = [(one.name, push(plan, one.plan)) for one in versions]
    return Planned(subject.name, subject.closure, plan, against, cost, replan)
