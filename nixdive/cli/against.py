"""The versions that a plan is compared with: what a push costs after each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.compare import PushCost
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening import Subject
    from nixdive.progress import Progress


def compared(
    plan: LayerPlan, inputs: Sequence[str], progress: Progress, before: Subject | None = None
) -> list[tuple[str, PushCost]]:
    """Return for each input, as the user named it, what a push of the plan costs after it.

    Args:
        plan: what is to be pushed.
        inputs: earlier versions, as `--against` names them.
        progress: told of each phase.
        before: the earlier version where the user named none.
    """
    from nixdive.layering.compare import push
    from nixdive.opening import baseline_plan, open_subject

    earlier = [(text, open_subject([text], progress)) for text in inputs]
    if not earlier and before is not None:
        earlier = [(before.name, before)]
    return [(name, push(plan, baseline_plan(subject, plan.request))) for name, subject in earlier]
