"""What an edit starts from: what is asked for, its plan with the figures, and what the clients allow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from nixdive.errors import PlanError
from nixdive.layering.request import MOST_LAYERS
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Frame, Layer, LayerPlan
    from nixdive.layering.request import PlanRequest
    from nixdive.workspace.priced_plan import PricedPlan


@dataclass(frozen=True)
class Situation:
    """Where an edit is made.

    Attributes:
        request: what is asked for; the plan's own request has what it was carried on from as well.
        most: the largest budget that the clients allow.
        make: plans a request, once an edit looks at the plan; raises PlanError where it cannot be met.
    """

    request: PlanRequest
    most: int
    make: Callable[[PlanRequest], PricedPlan]

    @classmethod
    def of(cls, priced: PricedPlan, request: PlanRequest | None = None, most: int = MOST_LAYERS) -> Self:
        """Return where an edit of a plan that is there is made."""
        return cls(request or priced.plan.request, most, lambda _: priced)

    @cached_property
    def priced(self) -> PricedPlan:
        """The plan with its prices."""
        return self.make(self.request)

    @property
    def plan(self) -> LayerPlan:
        """The layers."""
        return self.priced.plan

    @property
    def closure(self) -> Closure:
        """What is laid out."""
        return self.priced.pricer.planner.closure

    @property
    def frame(self) -> Frame:
        """The layers around those of the store."""
        return self.priced.pricer.planner.frame

    @property
    def baseline(self) -> LayerPlan | None:
        """The layers that were pushed before; None where there is no earlier version."""
        baseline = self.priced.baseline
        return baseline.plan if baseline else None

    def number_of(self, layer: Layer) -> int:
        """Return the index of a layer of this plan, or of the one that is mostly a layer of another plan.

        Mostly: at least half of the paths of the larger of the two are in both.

        Raises:
            PlanError: no layer is like it.
        """
        layers = self.plan.layers
        if layer in layers:
            return layers.index(layer)
        wanted = frozenset(layer.paths)
        alike = [len(wanted.intersection(one.paths)) for one in layers]
        best = max(range(len(layers)), key=alike.__getitem__, default=0)
        if not any(alike) or 2 * alike[best] < max(len(wanted), len(layers[best].paths)):
            raise PlanError(f"no layer is like that of {self._largest(layer)} any more")
        return best

    def _largest(self, layer: Layer) -> str:
        index, sizes = self.closure.index, self.closure.nar_sizes
        largest = max(layer.paths, key=lambda path: sizes[index[path]], default=None)
        return visible(largest.package) if largest else "files"
