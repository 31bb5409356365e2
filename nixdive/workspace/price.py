"""What an edit costs: once, with the next push, and with each later release."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.layering.compare import push
from nixdive.words import brief_change

if TYPE_CHECKING:
    from nixdive.workspace.priced_plan import PricedPlan


@dataclass(frozen=True, slots=True)
class Price:
    """What a plan costs: the bytes of a push after the baseline, and what a release is expected to push.

    Attributes:
        push: bytes, or None without a baseline.
        release: NAR bytes, or None where sizes are unknown.
        estimate: of a step that says how often packages change, the NAR bytes that a release was expected to
            push before it, and after it; None for any other step.
        assumption: of a step that changes how the earlier version is taken to be laid out, what is assumed
            after it, in words; empty for any other step.
        later: of a step, how much longer the next push takes, and each release, in words: "+0.4 s". Empty
            where that is next to nothing, or not known.
    """

    push: int | None
    release: int | None
    estimate: tuple[int, int] | None = None
    assumption: str = ""
    later: tuple[str, str] = ("", "")


def price(after: PricedPlan, before: PricedPlan) -> Price:
    """Return what a step costs: once, how much more the next push sends, and with each later release.

    Without a baseline everything is sent in any case; then it is what would be sent if the plan before the
    step had been pushed already. Where the step changes what is believed of releases, both plans are held
    against what is believed after it; where it changes what is assumed of the earlier version, each is held
    against its own.
    """
    if after.cost is None:
        once = push(after.plan, before.plan).push_bytes
    else:
        once = after.push_bytes - before.push_bytes
    assumption = "" if after.assumption == before.assumption else after.assumption
    if after.release is None or before.release is None:
        return Price(once, None, assumption=assumption)
    estimate = (
        None if before.plan.request.rates == after.plan.request.rates else (before.release, after.release)
    )
    release = after.release - (before.believing(after.model).release or 0)
    return Price(once, release, estimate, assumption)


def timed(cost: Price, after: PricedPlan, before: PricedPlan) -> Price:
    """Return the price of a step with how much longer a push and a release take.

    Without a baseline nothing is said of the push; nor is anything where sizes are unknown, or the step
    changes what is believed of releases.

    Args:
        cost: the price.
        after: the plan after the step.
        before: the one before it.
    """
    now, was = after.seconds, before.seconds
    if now is None or was is None or cost.estimate is not None:
        return cost
    once = "" if after.cost is None else brief_change(now.next_push, was.next_push)
    return replace(cost, later=(once, brief_change(now.release, was.release)))
