"""Plans and prices one closure: what no request changes is worked out once."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from nixdive.clients.delivery import Delivery
from nixdive.errors import PlanError
from nixdive.layering.versions import origins
from nixdive.progress import NullProgress
from nixdive.workspace.priced_plan import PricedPlan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.planner import Planner
    from nixdive.layering.request import PlanRequest
    from nixdive.opening.subject import LayerSizes
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath
    from nixdive.workspace.baseline import Baseline
    from nixdive.workspace.samples import Samples
    from nixdive.workspace.seconds import Seconds
    from nixdive.workspace.wire import WireSizes

_KEPT = 256  # layouts of nixpkgs and of earlier versions: more than there are budgets


class Pricer:
    """Plans and prices one closure: what no request changes is worked out once.

    Args:
        planner: makes the plans.
        baseline: the earlier versions, or None.
        delivery: who carries images to where they run; None for the usual clients and link.
        found: how large layers are that were found, by diff_id.
        samples: samples what no blob says; None where nothing is sampled.
        patient: whether nobody is to wait for that: `estimated` is asked for in the background.
    """

    def __init__(
        self,
        planner: Planner,
        baseline: Baseline | None = None,
        delivery: Delivery | None = None,
        found: Mapping[str, LayerSizes] | None = None,
        *,
        samples: Samples | None = None,
        patient: bool = False,
    ) -> None:
        self.planner = planner
        self.baseline = baseline
        self.delivery = delivery or Delivery.of()
        self.found = found or {}
        self.samples = samples
        self.patient = patient
        self._wire: WireSizes | None = None
        self._lock = Lock()
        self._baselines: dict[object, Baseline] = {}
        self._usual: dict[tuple[int, tuple[StorePath, ...]], LayerPlan | None] = {}

    @cached_property
    def origins(self) -> Mapping[StorePath, StorePath]:
        """For each store path the one of the newest earlier version that it comes from, if any."""
        return origins(self.planner.closure.paths, self.baseline.sizes) if self.baseline else {}

    @property
    def wire(self) -> WireSizes:
        """Knows or estimates how large layers are as blobs; a better estimate may take its place."""
        with self._lock:
            if self._wire is None:
                self._wire = self.estimated(None if self.patient else self.samples, NullProgress())
            return self._wire

    @wire.setter
    def wire(self, better: WireSizes) -> None:
        with self._lock:
            self._wire = better

    def sample_ahead(self) -> None:
        """Begin to work out `wire`, beside the plan that is made meanwhile: whoever asks for it waits."""
        Thread(target=lambda: self.wire, name="samples", daemon=True).start()

    def estimated(self, samples: Samples | None, progress: Progress) -> WireSizes:
        """Return what knows or estimates how large layers are as blobs; with what samples say of the rest.

        Raises:
            Cancelled: the user stopped it.
        """
        from nixdive.workspace.wire import WireSizes

        return WireSizes.of(
            self.planner, self.baseline, self.origins, self.found, samples=samples, progress=progress
        )

    def plan(self, request: PlanRequest) -> PricedPlan:
        """Return the plan for a request, its prices worked out as they are asked for.

        Raises:
            PlanError: the request cannot be met.
        """
        plan = self.laid_out(request, chances=True)
        model = self.planner.model(request.rates)
        return PricedPlan(plan, self, model, request, self.baseline_for(request))

    def laid_out(self, request: PlanRequest, *, chances: bool = False) -> LayerPlan:
        """Return the layers for a request; some take no numbers that only a price needs.

        Args:
            request: what is asked for.
            chances: whether each layer is to have its chance of change.

        Raises:
            PlanError: the request cannot be met.
        """
        baseline = self.baseline_for(request)
        planner = self.planner.after(baseline.plans) if baseline else self.planner
        plan = planner.solve(request, chances=chances)
        if baseline:  # so that a plan file has what was assumed
            plan = replace(plan, request=replace(plan.request, assumed=baseline.last.assumed))
        return plan

    def baseline_for(self, request: PlanRequest) -> Baseline | None:
        """Return the earlier versions as a request takes them to be laid out.

        Raises:
            PlanError: one cannot be laid out so.
        """
        if self.baseline is None or all(one.assumed is None for one in self.baseline.versions):
            return self.baseline
        key = request.assumption, request.exclude, request.pipeline
        if key not in self._baselines:
            _make_room(self._baselines)
            self._baselines[key] = self.baseline.under(request)
        return self._baselines[key]

    def follows(self, request: PlanRequest) -> bool:
        """Whether what is assumed of the newest earlier version changes with strategy and budget."""
        if self.baseline is None or self.baseline.last.assumed is None:
            return False
        return request.assumed is None and not request.carried

    def carried(self, request: PlanRequest) -> int:
        """Return how many layers of an earlier plan a request carries on."""
        baseline = self.baseline_for(request)
        if request.carried or baseline is None or not (request.carry_on and request.strategy == "churn"):
            return len(request.carried)
        return len(baseline.plan.stored)

    def seconds(self, plan: LayerPlan, model: ChangeModel, earlier: LayerPlan | None = None) -> Seconds:
        """Return what a plan of the closure, of which all sizes are known, takes to arrive after another."""
        from nixdive.workspace.seconds import Changes, arrival

        return arrival(self.delivery, plan, self.wire, Changes.of(plan, model), earlier)

    def as_nixpkgs(self, plan: LayerPlan) -> LayerPlan | None:
        """Return how nixpkgs would lay out the closure within the budget of a plan; None where it cannot.

        It depends on budget and exclusions alone, and is remembered by them.
        """
        key = plan.budget, plan.request.exclude
        if key not in self._usual:
            _make_room(self._usual)
            self._usual[key] = _as_nixpkgs(self.planner, plan)
        return self._usual[key]


def _make_room(known: dict[Any, Any]) -> None:
    while len(known) >= _KEPT:
        del known[next(iter(known))]


def _as_nixpkgs(planner: Planner, plan: LayerPlan) -> LayerPlan | None:
    try:
        here = tuple(path for path in plan.request.exclude if path in planner.closure.index)
        asked = replace(plan.request.laid_out_by("nixpkgs"), max_layers=plan.budget, exclude=here)
        return planner.solve(asked, chances=False)
    except PlanError:
        return None
