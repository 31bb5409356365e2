"""A plan with its prices: what the next push sends, what releases are expected to push, and what is new."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Self

from nixdive.layering.compare import PushCost, push
from nixdive.layering.plan import LayerKind, LayerPlan
from nixdive.layering.versions import layer_before
from nixdive.workspace.causes import Causes
from nixdive.workspace.price import Price

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.cost import ReleaseCost, Replan
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath
    from nixdive.workspace.baseline import Baseline
    from nixdive.workspace.pricer import Pricer
    from nixdive.workspace.seconds import Seconds
    from nixdive.workspace.wire import Basis, WireSizes


@dataclass(frozen=True, eq=False)
class PricedPlan:
    """A plan with its prices, which are worked out when they are asked for.

    Attributes:
        plan: the layers.
        pricer: knows the closure and the baseline.
        model: what is believed of the releases to come.
        asked: what was asked for; the request of the plan has what was assumed as well.
        baseline: the earlier versions as the request takes them to be laid out, or None.
    """

    plan: LayerPlan
    pricer: Pricer
    model: ChangeModel
    asked: PlanRequest
    baseline: Baseline | None = None
    _timed: list[tuple[WireSizes, Seconds]] = field(default_factory=list, init=False, repr=False)
    _working: Lock = field(default_factory=Lock, init=False, repr=False)

    def worked_out(self) -> Self:
        """Work out now all that a screen shows at once, so that nobody waits for it later.

        A thread that wants what another one is working out waits for that.
        """
        with self._working:
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

    @property
    def is_worked_out(self) -> bool:
        """Whether nobody waits for what a screen shows at once; from any thread."""
        if self._working.locked() or "floor" not in vars(self):  # that is the last of it
            return False
        return not self.plan.sized or (bool(self._timed) and self._timed[-1][0] is self.pricer.wire)

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

    @property
    def causes(self) -> Causes | None:
        """What the baseline tells of why layers are pushed; None without one."""
        return Causes(self.baseline) if self.baseline else None

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
        return _layer_marks(self.plan, cost, baseline, self.pricer.origins)

    @cached_property
    def release(self) -> int | None:
        """NAR bytes that a release is expected to push.

        None where sizes are unknown, and for an image without store paths: of its layers nothing is foreseen.
        """
        from nixdive.layering.cost import expected_push

        return expected_push(self.plan, self.model) if self.plan.sized and self.lays_out else None

    @property
    def seconds(self) -> Seconds | None:
        """Seconds until it has arrived, by the pricer's delivery; None where sizes are unknown.

        They are worked out anew once the pricer knows more of wire bytes.
        """
        if not self.plan.sized:
            return None
        wire, known = self.pricer.wire, self._timed[-1:]
        if known and known[0][0] is wire:
            return known[0][1]
        earlier = self.baseline.plan if self.baseline else None
        found = self.pricer.seconds(self.plan, self.model, earlier)
        self._timed[:] = [(wire, found)]
        return found

    @cached_property
    def nixpkgs(self) -> Price | None:
        """What nixpkgs' own layout in the same budget costs; None where it has none.

        Once: after the same layers as this plan. Nothing is said where those are assumed to be laid out by
        this plan's own strategy, and it is another one than nixpkgs': nobody who stays with nixpkgs has
        them in a registry.
        """
        from nixdive.layering.cost import expected_push

        usual = self.pricer.as_nixpkgs(self.plan)
        if usual is None:
            return None
        alike = self.asked.strategy == "nixpkgs" or not self.pricer.follows(self.asked)
        once = push(usual, self.baseline.plan).push_bytes if self.baseline and alike else None
        return Price(once, expected_push(usual, self.model) if self.plan.sized else None)

    @property
    def wire_push(self) -> int:
        """Wire bytes of the blobs that the next push sends, estimated where no such blob is known."""
        wire: list[float] = self.pricer.wire.blobs(self.plan).wire.tolist()
        new = self.cost.new if self.cost is not None else (True,) * len(self.plan.layers)
        return round(sum(size for size, sent in zip(wire, new, strict=True) if sent))

    @property
    def wire_basis(self) -> tuple[Basis, ...]:
        """What wire bytes of blobs that are not known are estimated from, most certain first."""
        return self.pricer.wire.basis(self.plan)

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
        from nixdive.layering.cost import links_push

        closure = self.pricer.planner.closure
        marks = self.path_marks.items()
        missing = sum(closure.nar_sizes[closure.index[path]] for path, mark in marks if mark != "=")
        once = missing + self._others_pushed if self.baseline else None
        if not self.plan.sized:
            return Price(once, None)
        return Price(once, round(self.model.least_push + links_push(self.plan, self.model)))

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
    plan: LayerPlan, cost: PushCost, baseline: Baseline, came: Mapping[StorePath, StorePath]
) -> tuple[str, ...]:
    before = baseline.plan.layers
    kinds = {layer.kind for layer in before}
    marks = []
    for layer, new in zip(plan.layers, cost.new, strict=True):
        if not new:
            marks.append("=")
        elif layer.kind is not LayerKind.STORE:
            marks.append("~" if layer.kind in kinds else "+")
        else:
            nearest, alike = layer_before(layer.paths, came, baseline.layer_of) or (0, 0)
            larger = max(len(layer.paths), len(before[nearest].paths))
            marks.append("~" if 2 * alike >= larger else "+")
    return tuple(marks)
