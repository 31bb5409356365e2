"""One closure, planned again and again: what does not depend on the request is worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.frame import Frame
from nixdive.layering.past import Past
from nixdive.layering.solve import solve

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.request import PlanRequest


class Planner:
    """Makes plans of a closure.

    Attributes:
        closure: the store paths.
        frame: the layers around those of the store.
        past: what was pushed before.
    """

    def __init__(self, closure: Closure, frame: Frame = Frame(), past: Past = Past()) -> None:  # noqa: B008  frozen
        self.closure = closure
        self.frame = frame
        self.past = past
        self._model: tuple[tuple[tuple[str, float], ...], ChangeModel] | None = None

    def model(self, rates: tuple[tuple[str, float], ...] = ()) -> ChangeModel:
        """Return what is believed of the releases to come, with the rates that the user gave."""
        if self._model is None or self._model[0] != rates:
            from nixdive.layering.change.model import ChangeModel  # noqa: PLC0415  not every plan needs one

            self._model = rates, ChangeModel.of(self.closure, self.past.closures, rates)
        return self._model[1]

    def solve(self, request: PlanRequest, *, chances: bool = True) -> LayerPlan:
        """Return the plan for a request; raises as `solve` does.

        Args:
            request: what is asked for.
            chances: whether each layer is to have its chance of change; without it some plans need no model.
        """
        model = self.model(request.rates) if chances else None
        return solve(self.closure, request, self.frame, self.past, model)
