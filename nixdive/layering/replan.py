"""What it would cost and save to lay out anew what was carried from an earlier version."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.layering.compare import push
from nixdive.layering.cost import expected_push
from nixdive.layering.solve import solve
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.frame import Frame
    from nixdive.layering.plan import LayerPlan


def verdict(once: int, each_release: int) -> str:
    """Return what a price amounts to, in a few words.

    Args:
        once: bytes that it costs once.
        each_release: bytes that it costs with each release after that.
    """
    if once > 0:
        return f"pays back in {_releases(once, -each_release)}" if each_release < 0 else "never pays back"
    if each_release > 0:
        return f"dearer after {_releases(-once, each_release)}" if once else "dearer with each release"
    return "saves at once" if once else "free"


def _releases(cost: int, gain: int) -> str:
    return counted(-(-cost // gain), "release")


@dataclass(frozen=True, slots=True)
class Replan:
    """The offer to lay out anew.

    Attributes:
        once: NAR bytes that the next push would send more; less than 0 where it would send less.
        each_release: NAR bytes that every later release is expected to push more.
    """

    once: int
    each_release: int

    @property
    def verdict(self) -> str:
        """What that amounts to, in a few words."""
        return verdict(self.once, self.each_release)


def offer(plan: LayerPlan, model: ChangeModel, frame: Frame, pushed: Sequence[LayerPlan]) -> Replan | None:
    """Return what laying out anew would do to a plan that was carried; None where it would do nothing.

    Args:
        plan: as it is, of the model's closure.
        model: what is believed of the releases to come.
        frame: the layers around those of the store.
        pushed: the plans of what was pushed before; without any, the plan itself counts as pushed.
    """
    if not plan.request.carried:
        return None
    anew = solve(model.closure, replace(plan.request, carried=()), frame, pushed, model)
    if {layer.paths for layer in anew.layers} == {layer.paths for layer in plan.layers}:
        return None
    before = pushed or (plan,)
    once = push(anew, *before).push_bytes - push(plan, *before).push_bytes
    return Replan(once, expected_push(anew, model) - expected_push(plan, model))
