"""A plan with its prices: what the next push sends, what releases are expected to push, and what is new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from nixdive.clients.delivery import Delivery
from nixdive.errors import PlanError
from nixdive.layering.compare import PushCost, push
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.versions import layer_before, origins
from nixdive.workspace.price import Price

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.cost import ReleaseCost, Replan
    from nixdive.layering.planner import Planner
    from nixdive.layering.request import PlanRequest
    from nixdive.opening.subject import LayerSizes
    from nixdive.store.path import StorePath
    from nixdive.workspace.baseline import Baseline
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
    """

    def __init__(
        self,
        planner: Planner,
        baseline: Baseline | None = None,
        delivery: Delivery | None = None,
        found: Mapping[str, LayerSizes] | None = None,
    ) -> None:
        self.planner = planner
        self.baseline = baseline
        self.delivery = delivery or Delivery.of()
        self.found = found or {}
        self._baselines: dict[object, Baseline] = {}
        self._usual: dict[tuple[int, tuple[StorePath, ...]], LayerPlan | None] = {}

    @cached_property
    def origins(self) -> Mapping[StorePath, StorePath]:
        """For each store path the one of the newest earlier version that it comes from, if any."""
        return origins(self.planner.closure.paths, self.baseline.sizes) if self.baseline else {}

    @cached_property
    def wire(self) -> WireSizes:
        """Knows or estimates how large layers are as blobs."""
        from nixdive.workspace.wire import EarlierBlobs, WireSizes

        closure, frame = self.planner.closure, self.planner.frame
        layers = [
            Layer(LayerKind.STORE, paths, 0, "as it was found", diff_id=diff_id)
            for paths, diff_id in zip(frame.found, frame.diff_ids, strict=False)
        ]
        wire = {diff_id: sizes.wire for diff_id, sizes in self.found.items()}
        if self.baseline is not None:
            layers = [*self.baseline.plan.layers, *layers]
            wire |= self.baseline.last.wire
        if not wire:
            return WireSizes(closure)
        now = dict(zip(closure.paths, closure.nar_sizes, strict=True))
        return WireSizes(closure, self.found, EarlierBlobs.of(layers, wire, now, self.origins))

    def plan(self, request: PlanRequest) -> PricedPlan:
        """Return the plan for a request, its prices worked out as they are asked for.

        Raises:
            PlanError: the request cannot be met.
        """
        plan = self.laid_out(request, chances=True)
        return PricedPlan(plan, self, self.planner.model(request.rates), self.baseline_for(request))

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


@dataclass(frozen=True, eq=False)
class PricedPlan:
    """A plan with its prices, which are worked out when they are asked for.

    Attributes:
        plan: the layers.
        pricer: knows the closure and the baseline.
        model: what is believed of the releases to come.
        baseline: the earlier versions as the request takes them to be laid out, or None.
    """

    plan: LayerPlan
    pricer: Pricer
    model: ChangeModel
    baseline: Baseline | None = None

    def worked_out(self) -> Self:
        """Work out now all that a screen shows at once, so that nobody waits for it later."""
        _ = (
            self.layer_of,
            self.path_marks,
            self.layer_marks,
            self.cost,
            self.release,
            self.seconds,
            self.nixpkgs,
            self.floor,
        )
        return self

    def to_networkx(self) -> nx.DiGraph[StorePath]:
        """Return the closure as a new graph of networkx, with the layers of the plan, as `layered` does."""
        from nixdive.layering.graph.layered import layered

        return layered(self.model.closure, self.plan, self.model)

    @property
    def lays_out(self) -> bool:
        """Whether there are store paths to be laid out; layers without any stay as they are."""
        return len(self.pricer.planner.closure) > 0

    @cached_property
    def layer_of(self) -> Mapping[StorePath, int]:
        """For each store path the index of its layer."""
        return self.plan.layer_of()

    @cached_property
    def against(self) -> tuple[tuple[str, PushCost], ...]:
        """For each earlier version, oldest first, what the user named and what a push after it costs."""
        return self.baseline.pushes(self.plan) if self.baseline else ()

    @property
    def cost(self) -> PushCost | None:
        """What a push costs after the newest earlier version; None where there is none."""
        return self.against[-1][1] if self.against else None

    @cached_property
    def path_marks(self) -> Mapping[StorePath, str]:
        """For each store path = ~ or + against the baseline: it stays, it replaces another, it is new."""
        if self.baseline is None:
            return {}
        came = self.pricer.origins
        return {
            path: "+" if path not in came else "=" if came[path] == path else "~"
            for path in self.pricer.planner.closure.paths
        }

    @cached_property
    def layer_marks(self) -> tuple[str, ...]:
        """For each layer = where the registry has it, ~ where it was mostly one layer, + else; or nothing."""
        baseline, cost = self.baseline, self.cost
        if baseline is None or cost is None:
            return ()
        return _layer_marks(self.plan, cost, baseline.plan, self.pricer.origins)

    @cached_property
    def release(self) -> int | None:
        """NAR bytes that a release is expected to push.

        None where sizes are unknown, and for an image without store paths: of its layers nothing is foreseen.
        """
        from nixdive.layering.cost import expected_push

        return expected_push(self.plan, self.model) if self.plan.sized and self.lays_out else None

    @cached_property
    def seconds(self) -> Seconds | None:
        """Seconds until it has arrived, by the pricer's delivery; None where sizes are unknown."""
        if not self.plan.sized:
            return None
        return self.pricer.seconds(self.plan, self.model, self.baseline.plan if self.baseline else None)

    @cached_property
    def nixpkgs(self) -> Price | None:
        """What nixpkgs' own layout in the same budget costs after the same baseline; None without one."""
        from nixdive.layering.cost import expected_push

        usual = self.pricer.as_nixpkgs(self.plan)
        if usual is None:
            return None
        once = push(usual, self.baseline.plan).push_bytes if self.baseline else None
        return Price(once, expected_push(usual, self.model) if self.plan.sized else None)

    @cached_property
    def wire_push(self) -> int:
        """Wire bytes of the blobs that the next push sends, estimated where no such blob is known."""
        wire: list[float] = self.pricer.wire.blobs(self.plan).wire.tolist()
        new = self.cost.new if self.cost is not None else (True,) * len(self.plan.layers)
        return round(sum(size for size, sent in zip(wire, new, strict=True) if sent))

    @property
    def nixpkgs_layers(self) -> int:
        """How many layers nixpkgs' own layout has; 0 where there is none."""
        usual = self.pricer.as_nixpkgs(self.plan)
        return len(usual.layers) if usual else 0

    @cached_property
    def floor(self) -> Price:
        """What no plan of any budget can spare.

        Once: NAR bytes of the paths that the baseline lacks, and new layers that hold no store paths. With
        each release: NAR bytes of the paths that it is expected to change.
        """
        import numpy as np

        from nixdive.layering.cost import links_push

        closure = self.pricer.planner.closure
        marks = self.path_marks.items()
        missing = sum(closure.nar_sizes[closure.index[path]] for path, mark in marks if mark != "=")
        once = missing + self._others_pushed if self.baseline else None
        if not self.plan.sized:
            return Price(once, None)
        least = float(self.model.scenarios.chances @ np.array(closure.nar_sizes, dtype=np.float64))
        return Price(once, round(least + links_push(self.plan, self.model)))

    @cached_property
    def release_cost(self) -> ReleaseCost | None:
        """What a release costs beside other layouts and the bound; None where sizes are unknown."""
        from nixdive.layering.cost import release_cost

        return release_cost(self.plan, self.model, self.pricer.planner.frame) if self.plan.sized else None

    @cached_property
    def replan(self) -> Replan | None:
        """What laying out anew would cost and save; None where nothing was carried on, or it is the same."""
        from nixdive.layering.cost import offer

        planner = self.pricer.planner
        return offer(self.plan, self.model, planner.frame, self._pushed) if self.plan.sized else None

    @property
    def assumption(self) -> str:
        """How the newest earlier version is taken to be laid out, in words; empty where that is known."""
        return self.baseline.last.assumption if self.baseline else ""

    @cached_property
    def moved(self) -> Replan | None:
        """What moving layers of the earlier plan costs and saves; None where none is moved."""
        from nixdive.layering.cost import moving

        planner = self.pricer.planner
        return moving(self.plan, self.model, planner.frame, self._pushed) if self.plan.sized else None

    def push_of(self, index: int) -> int:
        """Return how many bytes of a layer the next push sends."""
        if self.cost is not None and not self.cost.new[index]:
            return 0
        return self.plan.layers[index].nar_size

    @property
    def push_bytes(self) -> int:
        """Bytes that the next push sends: all of them where there is no baseline."""
        return sum(map(self.push_of, range(len(self.plan.layers))))

    def believing(self, model: ChangeModel) -> PricedPlan:
        """Return the same plan where something else is believed of the releases to come."""
        return self if self.model is model else replace(self, model=model)

    @property
    def _pushed(self) -> tuple[LayerPlan, ...]:
        return self.baseline.plans if self.baseline else ()

    @property
    def _others_pushed(self) -> int:
        """Bytes that a push sends of layers that hold no store paths, under any layout."""
        if self.cost is None:
            return 0
        layers = zip(self.plan.layers, self.cost.new, strict=True)
        return sum(layer.nar_size for layer, new in layers if new and layer.kind is not LayerKind.STORE)


def _layer_marks(
    plan: LayerPlan, cost: PushCost, baseline: LayerPlan, came: Mapping[StorePath, StorePath]
) -> tuple[str, ...]:
    layer_of = baseline.layer_of()
    kinds = {layer.kind for layer in baseline.layers}
    marks = []
    for layer, new in zip(plan.layers, cost.new, strict=True):
        if not new:
            marks.append("=")
        elif layer.kind is not LayerKind.STORE:
            marks.append("~" if layer.kind in kinds else "+")
        else:
            nearest, alike = layer_before(layer.paths, came, layer_of) or (0, 0)
            larger = max(len(layer.paths), len(baseline.layers[nearest].paths))
            marks.append("~" if 2 * alike >= larger else "+")
    return tuple(marks)


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
