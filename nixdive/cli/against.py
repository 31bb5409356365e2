"""The versions that a plan is compared with: what a push costs after each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.compare import PushCost
    from nixdive.layering.plan import LayerPlan
    from nixdive.progress import Progress


def compared(plan: LayerPlan, inputs: Sequence[str], progress: Progress) -> list[tuple[str, PushCost]]:
    """Return for each input, as the user named it, what a push of the plan costs after it."""
    from nixdive.layering.compare import push
    from nixdive.opening import baseline_plan, open_subject

    return [
        (text, push(plan, baseline_plan(open_subject([text], progress), plan.request))) for text in inputs
    ]
