"""`keep` within fewer layers than were found: what is merged costs least."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.change.model import ChangeModel
from nixdive.layering.compare import push
from nixdive.layering.cost import expected_push
from nixdive.layering.plan import Frame, Layer, LayerKind, LayerPlan
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from tests.examples import examples
from tests.layering.made import SEEDS, closure_of, random_closure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.closure.closure import Closure
    from nixdive.store.path import StorePath

# below the others a data package that hardly changes; the application on top is large and changes always
ROWS = [[], [], [0], [0], [1, 2, 3]]
NAMES = ["glibc-2.36", "tzdata-2024a", "zlib-1.3", "libpng-1.6", "app-1.0"]
SIZES = [30_000, 500, 200, 700, 90_000_000]


def laid_out(closure: Closure, layers: Sequence[Sequence[StorePath]]) -> LayerPlan:
    """A plan of these layers, as an image has them."""
    made = (
        Layer(LayerKind.STORE, tuple(one), sum(closure.nar_sizes[closure.index[path]] for path in one), "")
        for one in layers
    )
    return LayerPlan(PlanRequest("keep", len(layers)), tuple(made))


def test_the_two_highest_are_merged_only_if_that_costs_least() -> None:
    closure = closure_of(ROWS, NAMES, SIZES)
    frame = Frame(found=tuple((path,) for path in closure.paths))
    plan = solve(closure, PlanRequest("keep", 4), frame)
    app = next(path for path in closure.paths if path.package == "app")
    assert (app,) in plan.stored, "90 MB stay where they are"
    merged = [layer for layer in plan.layers if len(layer.paths) == 2]
    assert len(plan.stored) == 4
    assert len(merged) == 1
    assert merged[0].reason.startswith("merged; ")
    order = [closure.index[path] for layer in frame.found for path in layer]
    firsts = [order.index(closure.index[layer[0]]) for layer in plan.stored]
    assert firsts == sorted(firsts), "a union takes the place of its lowest layer"


@examples(30)
@given(SEEDS, st.sampled_from([0, 1, 5, 50]))
def test_no_other_two_layers_would_cost_less(seed: int, horizon: int) -> None:
    closure = random_closure(seed, 14)
    dice = np.random.default_rng(seed)
    homes = dice.integers(0, 6, len(closure)).tolist()
    found = [
        tuple(path for path, home in zip(closure.paths, homes, strict=True) if home == at) for at in range(6)
    ]
    layers = [layer for layer in found if layer]
    frame = Frame(found=tuple(layers))
    if len(layers) < 2:
        return
    model = ChangeModel.of(closure)
    there = laid_out(closure, layers)

    def cost(plan: LayerPlan) -> tuple[float, float]:
        now, release = push(plan, there).push_bytes, expected_push(plan, model)
        return (now + horizon * release, 0) if horizon else (now, release)

    asked = PlanRequest("keep", len(layers) - 1, horizon=horizon)
    pairs = (
        laid_out(closure, [*(one for one in layers if one not in {a, b}), (*a, *b)])
        for a, b in combinations(layers, 2)
    )
    least = min(map(cost, pairs))
    kept = cost(solve(closure, asked, frame))
    assert kept[0] <= least[0] + len(layers) * max(horizon, 1), "but for rounding to whole bytes"
    fewer = [solve(closure, replace(asked, max_layers=count), frame) for count in range(1, len(layers) + 1)]
    for count, plan in enumerate(fewer, 1):
        assert len(plan.stored) == count
        assert sorted(path for layer in plan.stored for path in layer) == sorted(closure.paths)
    assert fewer[-1].stored == tuple(layers)


def test_layers_that_the_registry_lacks_are_merged_first() -> None:
    closure = closure_of([[], [], [], []], ["a-1", "b-1", "c-1", "d-1"], [100, 200, 300_000, 300_000])
    layers = [(path,) for path in closure.paths]
    small = [layer for layer in layers if closure.nar_sizes[closure.index[layer[0]]] < 1000]
    large = [layer for layer in layers if layer not in small]
    frame = Frame(found=tuple(layers))
    request = PlanRequest("keep", 3, horizon=0)
    assert set(large) < set(solve(closure, request, frame).stored), "all of them count as there"
    before = laid_out(closure, small)
    after = solve(closure, request, frame, [before])
    assert set(small) < set(after.stored), "the others are pushed in any case"
    assert push(after, before).push_bytes == 600_000


@pytest.mark.parametrize("chances", [True, False])
def test_the_model_is_the_one_of_the_versions_before(*, chances: bool) -> None:
    closure = closure_of(ROWS, NAMES, SIZES)
    frame = Frame(found=tuple((path,) for path in closure.paths))
    rates = (("glibc", 0.9), ("tzdata", 0.9), ("zlib", 0.0), ("libpng", 0.0))
    planner = Planner(closure, frame)
    plans = [planner.solve(PlanRequest("keep", 4, rates=some), chances=chances) for some in ((), rates)]
    assert plans[1].stored == solve(closure, PlanRequest("keep", 4, rates=rates), frame).stored
    assert plans[0].stored == solve(closure, PlanRequest("keep", 4), frame).stored


@pytest.mark.parametrize("chances", [True, False])
def test_rates_count_where_only_a_path_in_no_layer_is_too_much(*, chances: bool) -> None:
    closure = closure_of([[], [], [], []], ["a-1", "b-1", "c-1", "d-1"], [100_000, 100_000, 100_000, 100_000])
    frame = Frame(found=tuple((path,) for path in closure.paths if path.package != "d"))
    for together in ({"a": 1.0, "c": 1.0}, {"a": 1.0, "b": 1.0}, {"b": 1.0, "c": 1.0}):
        rates = tuple((name, together.get(name, 0.0)) for name in "abcd")
        request = PlanRequest("keep", 3, rates=rates)
        plan = Planner(closure, frame).solve(request, chances=chances)
        assert plan.stored == solve(closure, request, frame, model=ChangeModel.of(closure, (), rates)).stored
        (merged,) = (layer for layer in plan.stored if len(layer) == 2)
        assert len({together.get(path.package, 0.0) for path in merged}) == 1, "what changes is together"


def test_the_first_merge_is_not_the_one_that_costs_least_by_itself() -> None:
    closure = closure_of([[]] * 4, ["a-1", "b-1", "c-1", "d-1"], [90_000, 200_000, 200_000, 100_000])
    frame = Frame(found=tuple((path,) for path in closure.paths))
    rates = (("a", 0.0), ("b", 0.0), ("c", 0.0), ("d", 0.2))
    request = PlanRequest("keep", 3, horizon=5, rates=rates)
    first, second = (solve(closure, replace(request, max_layers=count), frame) for count in (3, 2))
    assert [[path.package for path in layer] for layer in first.stored] == [["a", "d"], ["b"], ["c"]]
    assert [[path.package for path in layer] for layer in second.stored] == [["a", "b", "c"], ["d"]], (
        "a and d together, and then with b, cost a third more"
    )
