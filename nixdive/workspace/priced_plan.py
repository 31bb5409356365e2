"""A plan with all that the screen tells about it: what a push costs, and what is new against the baseline."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nixdive.errors import PlanError
from nixdive.layering.compare import PushCost, push
from nixdive.layering.cost import expected_push, links_push
from nixdive.layering.plan import LayerKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.closure.closure import Closure
    from nixdive.image.readers.stored import StoredImage
    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.planner import Planner
    from nixdive.layering.request import PlanRequest
    from nixdive.opening import Subject
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class Baseline:
    """The earlier version whose layers the registry has.

    Attributes:
        name: what the title calls it.
        plan: how it was laid out.
        sizes: NAR bytes of its store paths.
        planner: lays it out otherwise; None where its references are not known.
        subject: what was opened, its files with it; None where only the config of an image was read.
        stored: the image, its layers not read; None for a closure, and for an image of a registry.
    """

    name: str
    plan: LayerPlan
    sizes: Mapping[StorePath, int]
    planner: Planner | None = None
    subject: Subject | None = None
    stored: StoredImage | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What a plan costs: the bytes of a push after the baseline, and what a release is expected to push.

    Attributes:
        push: bytes, or None without a baseline.
        release: NAR bytes, or None where sizes are unknown.
    """

    push: int | None
    release: int | None


@dataclass(frozen=True, slots=True)
class PricedPlan:
    """A plan and its figures.

    Attributes:
        plan: the plan.
        layer_of: for each store path the index of its layer.
        path_marks: for each store path = ~ or + against the baseline; empty without one.
        layer_marks: the same for each layer; empty without a baseline.
        cost: what a push costs after the baseline, or None without one.
        release: NAR bytes that a release is expected to push, or None where sizes are unknown.
        nixpkgs: what nixpkgs' own layout within the same budget costs, after a baseline laid out so too; None
            where it has none.
        nixpkgs_layers: how many layers that has.
        floor: what no plan of any budget can spare: NAR bytes of the paths that the baseline lacks, with new
            layers that hold no store paths; and of the paths that a release is expected to change.
        model: what is believed of the releases to come.
    """

    plan: LayerPlan
    layer_of: Mapping[StorePath, int]
    path_marks: Mapping[StorePath, str]
    layer_marks: tuple[str, ...]
    cost: PushCost | None
    release: int | None
    nixpkgs: Price | None
    nixpkgs_layers: int
    floor: Price
    model: ChangeModel

    def push_of(self, index: int) -> int:
        """Return how many bytes of a layer a push sends."""
        if self.cost is not None and not self.cost.new[index]:
            return 0
        return self.plan.layers[index].nar_size

    @property
    def push_bytes(self) -> int:
        """Bytes that the next push sends: all of them where there is no baseline."""
        return sum(map(self.push_of, range(len(self.plan.layers))))


def priced_plan(planner: Planner, baseline: Baseline | None, request: PlanRequest) -> PricedPlan:
    """Plan, and work the figures out.

    Raises:
        PlanError: the request cannot be met.
    """
    plan = planner.solve(request)
    closure, model = planner.closure, planner.model(request.rates)
    marks = _path_marks(closure, baseline) if baseline else {}
    cost = push(plan, baseline.plan) if baseline else None
    missing = (closure.nar_sizes[closure.index[path]] for path, mark in marks.items() if mark != "=")
    least = float(model.scenarios.chances @ np.array(closure.nar_sizes, dtype=np.float64))
    least += links_push(plan, model)
    usual = _as_nixpkgs(planner, request)
    others = _others_pushed(plan, cost) if cost else 0
    return PricedPlan(
        plan=plan,
        layer_of=plan.layer_of(),
        path_marks=marks,
        layer_marks=_layer_marks(plan, cost, baseline.plan) if baseline and cost else (),
        cost=cost,
        release=expected_push(plan, model) if closure.sized else None,
        nixpkgs=_price(usual, model, baseline, request, others) if usual else None,
        nixpkgs_layers=len(usual.layers) if usual else 0,
        floor=Price(sum(missing) + others if baseline else None, round(least) if closure.sized else None),
        model=model,
    )


def price(after: PricedPlan, before: PricedPlan) -> Price:
    """Return what a step costs: once, how much more the next push sends, and with each later release.

    Without a baseline everything is sent in any case; then it is what would be sent if the plan before the
    step had been pushed already. Where the step changes what is believed of releases, both plans are held
    against what is believed after it.
    """
    if after.cost is None:
        once = push(after.plan, before.plan).push_bytes
    else:
        once = after.push_bytes - before.push_bytes
    if after.release is None or before.release is None:
        return Price(once, None)
    return Price(once, after.release - (believing(before, after.model).release or 0))


def believing(priced: PricedPlan, model: ChangeModel) -> PricedPlan:
    """Return what is expected of the same plan where something else is believed of the releases to come."""
    if priced.model is model or priced.release is None:
        return priced
    return replace(priced, model=model, release=expected_push(priced.plan, model))


def _price(
    usual: LayerPlan, model: ChangeModel, baseline: Baseline | None, request: PlanRequest, others: int
) -> Price:
    """Return what nixpkgs' layout costs; the push is unknown where the baseline cannot be laid out so.

    Args:
        usual: the layout.
        model: what is believed of the releases to come.
        baseline: the earlier version, or None.
        request: what is asked for.
        others: bytes that a push sends of layers that hold no store paths, under any layout.
    """
    before = _as_nixpkgs(baseline.planner, request) if baseline and baseline.planner else None
    once = push(usual, before).push_bytes + others if before else None
    return Price(once, expected_push(usual, model) if model.closure.sized else None)


def _others_pushed(plan: LayerPlan, cost: PushCost) -> int:
    layers = zip(plan.layers, cost.new, strict=True)
    return sum(layer.nar_size for layer, new in layers if new and layer.kind is not LayerKind.STORE)


def _path_marks(closure: Closure, baseline: Baseline) -> dict[StorePath, str]:
    packages = {path.lineage for path in baseline.sizes}
    return {
        path: "=" if path in baseline.sizes else "~" if path.lineage in packages else "+"
        for path in closure.paths
    }


def _layer_marks(plan: LayerPlan, cost: PushCost, baseline: LayerPlan) -> tuple[str, ...]:
    """Return = for layers that the registry has, ~ for those that were mostly one layer, + for others."""
    home = {path.lineage: i for i, layer in enumerate(baseline.layers) for path in layer.paths}
    kinds = {layer.kind for layer in baseline.layers}
    marks = []
    for layer, new in zip(plan.layers, cost.new, strict=True):
        if not new:
            marks.append("=")
        elif layer.kind is not LayerKind.STORE:
            marks.append("~" if layer.kind in kinds else "+")
        else:
            homes = Counter(home[path.lineage] for path in layer.paths if path.lineage in home)
            nearest, alike = max(homes.items(), key=lambda one: one[1], default=(0, 0))
            larger = max(len(layer.paths), len(baseline.layers[nearest].paths))
            marks.append("~" if 2 * alike >= larger else "+")
    return tuple(marks)


def _as_nixpkgs(planner: Planner, request: PlanRequest) -> LayerPlan | None:
    try:
        here = tuple(path for path in request.exclude if path in planner.closure.index)
        asked = replace(request.laid_out_by("nixpkgs"), exclude=here)
        return planner.solve(asked, chances=False)
    except PlanError:
        return None
