"""A plan with all that the screen tells about it: what a push costs, and what is new against the baseline."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.errors import PlanError
from nixdive.layering.compare import PushCost, push
from nixdive.layering.plan import LayerKind
from nixdive.layering.solve import solve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.closure.closure import Closure
    from nixdive.layering.frame import Frame
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.request import PlanRequest
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class Baseline:
    """The earlier version whose layers the registry has.

    Attributes:
        name: what the title calls it.
        plan: how it was laid out.
        closure: its store paths.
    """

    name: str
    plan: LayerPlan
    closure: Closure


@dataclass(frozen=True, slots=True)
class Standing:
    """A plan and its figures.

    Attributes:
        plan: the plan.
        layer_of: for each store path the index of its layer.
        path_marks: for each store path = ~ or + against the baseline; empty without one.
        layer_marks: the same for each layer; empty without a baseline.
        cost: what a push costs after the baseline, or None without one.
        nixpkgs: the same for nixpkgs' own layout within the same budget, or None.
        floor: NAR bytes of the paths that the baseline lacks: no plan pushes less. None without a baseline.
    """

    plan: LayerPlan
    layer_of: Mapping[StorePath, int]
    path_marks: Mapping[StorePath, str]
    layer_marks: tuple[str, ...]
    cost: PushCost | None
    nixpkgs: PushCost | None
    floor: int | None

    def push_of(self, index: int) -> int:
        """Return how many bytes of a layer a push sends."""
        if self.cost is not None and not self.cost.new[index]:
            return 0
        return self.plan.layers[index].nar_size

    @property
    def push_bytes(self) -> int:
        """Bytes that the next push sends: all of them where there is no baseline."""
        return sum(map(self.push_of, range(len(self.plan.layers))))


def stand(closure: Closure, frame: Frame, baseline: Baseline | None, request: PlanRequest) -> Standing:
    """Plan, and work the figures out.

    Raises:
        PlanError: the request cannot be met.
    """
    plan = solve(closure, request, frame)
    layer_of = plan.layer_of()
    if baseline is None:
        return Standing(plan, layer_of, {}, (), None, None, None)
    marks = _path_marks(closure, baseline)
    cost = push(plan, baseline.plan)
    return Standing(
        plan=plan,
        layer_of=layer_of,
        path_marks=marks,
        layer_marks=_layer_marks(plan, cost, baseline.plan),
        cost=cost,
        nixpkgs=_as_nixpkgs(closure, frame, baseline, request),
        floor=sum(closure.nar_sizes[closure.index[path]] for path, mark in marks.items() if mark != "="),
    )


def price(after: Standing, before: Standing) -> int:
    """Return what a step costs once, in bytes: how much more the next push sends.

    Without a baseline everything is sent in any case; then it is what would be sent if the plan before the
    step had been pushed already.
    """
    if after.cost is None:
        return push(after.plan, before.plan).push_bytes
    return after.push_bytes - before.push_bytes


def _path_marks(closure: Closure, baseline: Baseline) -> dict[StorePath, str]:
    known = baseline.closure.index
    packages = {path.package for path in baseline.closure.paths}
    return {
        path: "=" if path in known else "~" if path.package in packages else "+" for path in closure.paths
    }


def _layer_marks(plan: LayerPlan, cost: PushCost, baseline: LayerPlan) -> tuple[str, ...]:
    """Return = for layers that the registry has, ~ for those that were mostly one layer, + for others."""
    home = {path.package: i for i, layer in enumerate(baseline.layers) for path in layer.paths}
    kinds = {layer.kind for layer in baseline.layers}
    marks = []
    for layer, new in zip(plan.layers, cost.new, strict=True):
        if not new:
            marks.append("=")
        elif layer.kind is not LayerKind.STORE:
            marks.append("~" if layer.kind in kinds else "+")
        else:
            homes = Counter(home[path.package] for path in layer.paths if path.package in home)
            nearest, alike = max(homes.items(), key=lambda one: one[1], default=(0, 0))
            larger = max(len(layer.paths), len(baseline.layers[nearest].paths))
            marks.append("~" if 2 * alike >= larger else "+")
    return tuple(marks)


def _as_nixpkgs(closure: Closure, frame: Frame, baseline: Baseline, request: PlanRequest) -> PushCost | None:
    try:
        return push(solve(closure, replace(request, strategy="nixpkgs", pins=()), frame), baseline.plan)
    except PlanError:
        return None
