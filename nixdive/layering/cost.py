"""What a plan is expected to cost from release to release, and what would be better or worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.errors import PlanError
from nixdive.layering.bound import lower_bound
from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.hierarchy import BottomUp
from nixdive.layering.frame import Frame
from nixdive.layering.plan import LayerKind
from nixdive.layering.solve import solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.model import ChangeModel
    from nixdive.layering.plan import LayerPlan

_SAME = 1.01  # costs this near to each other are the same


@dataclass(frozen=True, slots=True)
class ReleaseCost:
    """Bytes that a release is expected to push: NAR bytes of store layers, tar bytes of links at the root.

    Base layers never change. All figures are estimates of one change model.

    Attributes:
        expected_push: under the plan.
        lower_bound: under no plan in the same budget less than this.
        nixpkgs: as nixpkgs lays out within the same budget, without pins; None where that cannot be done.
        popularity: as nixpkgs did until 2025.
        knee: the fewest layers with which the plan would cost the same, within a hundredth.
        observed: how many releases of a history the model has seen.
        compressed: as `expected_push`, in bytes of the compressed NARs; None where those are not known.
    """

    expected_push: int
    lower_bound: int
    nixpkgs: int | None
    popularity: int | None
    knee: int
    observed: int
    compressed: int | None = None


def release_cost(plan: LayerPlan, model: ChangeModel, frame: Frame = Frame()) -> ReleaseCost:  # noqa: B008  frozen
    """Return what a plan of the model's closure is expected to cost from release to release."""
    closure = model.closure
    stored = [layer for layer in plan.layers if layer.kind is LayerKind.STORE]
    layers = [[closure.index[path] for path in layer.paths] for layer in stored]
    around = links_push(plan, model)
    paths = sorted(i for layer in layers for i in layer)
    room = plan.request.max_layers - (len(plan.layers) - len(stored))
    least = lower_bound(model.scenarios.chances[paths], [closure.nar_sizes[i] for i in paths], max(room, 1))
    return ReleaseCost(
        expected_push=round(model.scenarios.expected(layers, closure.nar_sizes) + around),
        lower_bound=round((least if paths else 0.0) + around),
        nixpkgs=_under("nixpkgs", plan, model, frame),
        popularity=_under("popularity", plan, model, frame),
        knee=_knee(model, layers) + len(plan.layers) - len(stored),
        observed=model.observed,
        compressed=_compressed(model, layers),
    )


def expected_push(plan: LayerPlan, model: ChangeModel) -> int:
    """Return the bytes that a release is expected to push under a plan of the model's closure."""
    closure = model.closure
    stored = [layer for layer in plan.layers if layer.kind is LayerKind.STORE]
    layers = [[closure.index[path] for path in layer.paths] for layer in stored]
    return round(model.scenarios.expected(layers, closure.nar_sizes) + links_push(plan, model))


def _compressed(model: ChangeModel, layers: Sequence[Sequence[int]]) -> int | None:
    sizes = [info.download_size for info in model.closure.infos]
    known = [size for size in sizes if size is not None]
    return round(model.scenarios.expected(layers, known)) if len(known) == len(sizes) else None


def links_push(plan: LayerPlan, model: ChangeModel) -> float:
    """Return what a release pushes of the links at the root: they lead to the roots, and change with them."""
    links = sum(layer.nar_size for layer in plan.layers if layer.kind is LayerKind.CUSTOMISATION)
    return links * model.scenarios.probability(model.closure.roots) if links and model.closure.roots else 0.0


def _under(strategy: str, plan: LayerPlan, model: ChangeModel, frame: Frame) -> int | None:
    request = plan.request.laid_out_by(strategy)
    try:
        return expected_push(solve(model.closure, request, frame), model)
    except PlanError:
        return None


def _knee(model: ChangeModel, layers: Sequence[Sequence[int]]) -> int:
    """Return the fewest layers that cost the same, merging what costs least, over and over."""
    if not layers:
        return 0
    paths = [i for layer in layers for i in layer]
    atoms = Atoms.apart(model.scenarios, model.closure.nar_sizes, paths)
    costs = BottomUp(atoms, atoms.named(layers)).costs
    return min(count for count, cost in enumerate(reversed(costs), 1) if cost <= costs[0] * _SAME)
