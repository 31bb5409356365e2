"""One closure, planned again and again: what does not depend on the request is worked out once."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from nixdive.layering.plan import Frame, LayerPlan
from nixdive.layering.solve import needs_model, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.request import PlanRequest


class Planner:
    """Makes plans of a closure.

    Attributes:
        closure: the store paths.
        frame: the layers around those of the store.
        history: earlier versions of the closure, oldest first: they show what changes, and how often.
        pushed: the plans of what was pushed before, oldest first, without layers of other programs: the
            registry has their layers.
    """

    def __init__(
        self,
        closure: Closure,
        frame: Frame = Frame(),  # noqa: B008  it is frozen
        history: Sequence[Closure] = (),
        pushed: Sequence[LayerPlan] = (),
    ) -> None:
        self.closure = closure
        self.frame = frame
        self.history = tuple(history)
        self.pushed = tuple(plan.native for plan in pushed)
        self._models: dict[tuple[tuple[str, float], ...], ChangeModel] = {}  # the one that was used last

    def after(self, pushed: Sequence[LayerPlan]) -> Planner:
        """Return what plans the same closure where other plans were pushed; what is known is shared."""
        other = copy(self)
        other.pushed = tuple(plan.native for plan in pushed)
        return other

    def model(self, rates: tuple[tuple[str, float], ...] = ()) -> ChangeModel:
        """Return what is believed of the releases to come, with the rates that the user gave."""
        model = self._models.get(rates)
        if model is None:
            from nixdive.layering.change.model import ChangeModel  # noqa: PLC0415  not every plan needs one

            model = ChangeModel.of(self.closure, self.history, rates)
            self._models.clear()
            self._models[rates] = model
        return model

    def solve(self, request: PlanRequest, *, chances: bool = True) -> LayerPlan:
        """Return the plan for a request; raises as `solve` does.

        Args:
            request: what is asked for.
            chances: whether each layer is to have its chance of change; without it some plans need no model.
        """
        needed = chances or needs_model(request, self.frame, self.closure.paths)
        model = self.model(request.rates) if needed else None
        return solve(self.closure, request, self.frame, self.pushed, model)
