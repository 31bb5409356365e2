"""Plans that pay: what moves brings back its push within the horizon, and the rest stays."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nixdive.layering.compare import push
from nixdive.layering.cost import expected_push, moving
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.layering.stamp import layer_hash
from tests.examples import examples
from tests.layering.made import SEEDS, closure_of, random_closure

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.closure.closure import Closure

PAIRS = [("redis-v1", "redis-v1c"), ("toolbox-v1", "toolbox-v2"), ("media-v1", "media-v2")]


@pytest.mark.parametrize("horizon", [0, 1, 5, 50])
@pytest.mark.parametrize("budget", [12, 25, 60, 100])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[1])
def test_a_plan_never_costs_more_than_it_brings_back(
    pair: tuple[str, str], budget: int, horizon: int, closure_named: Callable[[str], Closure]
) -> None:
    old, new = (closure_named(f"debstore-{name}.path-info.json.gz") for name in pair)
    was = Planner(old).solve(PlanRequest("nixpkgs", budget), chances=False)
    planner = Planner(new, history=(old,), pushed=(was,))
    request = replace(PlanRequest("churn", budget).carrying_on(was), horizon=horizon)
    plan, least = planner.solve(request), planner.solve(replace(request, horizon=0))
    once = push(plan, was).push_bytes - push(least, was).push_bytes
    model = planner.model()
    each = expected_push(plan, model) - expected_push(least, model)
    assert once >= 0
    assert once <= -each * horizon
    moved = moving(plan, model, planner.frame, planner.pushed)
    assert (moved.once, moved.each_release) == (once, each) if moved else (once, each) == (0, 0)


def released(old: Closure, seed: int) -> Closure:
    """Return a version in which about one path of ten has changed by itself, and others with it."""
    dice = np.random.default_rng(seed)
    changed: set[int] = set()
    for i in old.topological:
        if dice.random() < 0.1 or not changed.isdisjoint(old.references[i]):
            changed.add(i)
    names = [path.name for path in old.paths]
    hashes = [int(path.hash_part) + len(old) * (i in changed) for i, path in enumerate(old.paths)]
    return closure_of(old.references, names, old.nar_sizes, hashes)


@examples(60)
@example(9, 9, "size", 9, 9, 8)  # to open a layer more found what is worse than without it
@given(
    SEEDS,
    SEEDS,
    st.sampled_from(["nixpkgs", "popularity", "size", "single", "churn"]),
    st.integers(2, 12),
    st.integers(2, 12),
    st.integers(0, 50),
)
def test_no_plan_costs_more_once_than_it_brings_back(
    seed: int, after: int, strategy: str, before: int, budget: int, horizon: int
) -> None:
    old = random_closure(seed)
    new = released(old, after)
    was = Planner(old).solve(PlanRequest(strategy, before))
    planner = Planner(new, history=(old,), pushed=(was,))
    request = replace(PlanRequest("churn", budget).carrying_on(was), horizon=horizon)
    plan, least = planner.solve(request), planner.solve(replace(request, horizon=0))
    once = push(plan, was).push_bytes - push(least, was).push_bytes
    each = expected_push(plan, planner.model()) - expected_push(least, planner.model())
    assert once <= -each * horizon + horizon  # both expectations are rounded to whole bytes


@examples(60)
@given(
    SEEDS,
    st.sampled_from(["nixpkgs", "popularity", "size", "churn"]),
    st.integers(3, 20),
    st.integers(1, 19),
    st.integers(0, 20),
)
def test_more_layers_than_the_budget_are_not_lumped_together(
    seed: int, strategy: str, before: int, less: int, horizon: int
) -> None:
    closure = random_closure(seed)
    was = Planner(closure).solve(PlanRequest(strategy, before))
    budget = max(len(was.layers) - less, 1)
    planner = Planner(closure, history=(closure,), pushed=(was,))
    model = planner.model()

    def cost(request: PlanRequest) -> int:
        plan = planner.solve(replace(request, horizon=horizon))
        return push(plan, was).push_bytes + horizon * expected_push(plan, model)

    carried = cost(PlanRequest("churn", budget).carrying_on(was))
    if len(was.layers) > budget:
        assert carried <= cost(PlanRequest("churn", budget).anew()) + horizon
        assert carried <= cost(PlanRequest("nixpkgs", budget)) + horizon


@pytest.mark.parametrize("before", [20, 25, 60])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[1])
def test_what_is_pushed_within_the_horizon_does_not_grow_with_the_budget(
    pair: tuple[str, str], before: int, closure_named: Callable[[str], Closure]
) -> None:
    old, new = (closure_named(f"debstore-{name}.path-info.json.gz") for name in pair)
    was = Planner(old).solve(PlanRequest("nixpkgs", before), chances=False)
    planner = Planner(new, history=(old,), pushed=(was,))
    model = planner.model()

    def cost(budget: int) -> int:
        plan = planner.solve(PlanRequest("churn", budget).carrying_on(was))
        return push(plan, was).push_bytes + plan.request.horizon * expected_push(plan, model)

    costs = [cost(budget) for budget in range(before + 1, 110, 6)]
    assert all(after <= less + PlanRequest().horizon for less, after in pairwise(costs))  # rounded to bytes


@pytest.mark.parametrize("budget", [6, 12, 25])
def test_the_rest_is_laid_out_for_a_small_budget_beside_layers_put_together_by_hand(
    budget: int, closure_named: Callable[[str], Closure]
) -> None:
    closure = closure_named("debstore-toolbox-v1.path-info.json.gz")
    was = Planner(closure).solve(PlanRequest("nixpkgs", 60), chances=False)
    planner = Planner(closure, pushed=(was,))
    model = planner.model()
    hashes = tuple(layer_hash(layer) for layer in was.stored)
    layers = [(*was.stored[0], *was.stored[1]), *was.stored[2:]]
    edited = PlanRequest("churn", budget).carrying(layers, ("", *hashes[2:]))

    def cost(request: PlanRequest) -> int:
        plan = planner.solve(request)
        return push(plan, was).push_bytes + request.horizon * expected_push(plan, model)

    beside = PlanRequest("churn", budget, frozen=(layers[0],))
    assert cost(edited) <= cost(beside) + beside.horizon


def test_an_image_of_many_layers_is_laid_out_for_a_small_budget(
    closure_named: Callable[[str], Closure],
) -> None:
    old, new = (closure_named(f"debstore-redis-{name}.path-info.json.gz") for name in ("v1", "v2"))
    was = Planner(old).solve(PlanRequest("nixpkgs", 25), chances=False)
    planner = Planner(new, pushed=(was,))
    plans = [
        planner.solve(request)
        for request in (PlanRequest("churn", 11).carrying_on(was), PlanRequest("nixpkgs", 11))
    ]
    model = planner.model()
    carried, theirs = (push(plan, was).push_bytes + 5 * expected_push(plan, model) for plan in plans)
    assert carried <= theirs


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[1])
def test_layers_of_another_tool_stay_where_nothing_pays(
    pair: tuple[str, str], closure_named: Callable[[str], Closure]
) -> None:
    old, new = (closure_named(f"debstore-{name}.path-info.json.gz") for name in pair)
    was = Planner(old).solve(PlanRequest("nixpkgs", 100), chances=False)
    planner = Planner(new, history=(old,), pushed=(was,))
    stays = planner.solve(PlanRequest("nixpkgs", 100))
    plan = planner.solve(PlanRequest("churn", 100).carrying_on(was))
    assert push(plan, was).push_bytes <= 1.01 * push(stays, was).push_bytes


def test_what_was_pushed_before_is_pushed_again_for_nothing(closure_named: Callable[[str], Closure]) -> None:
    old, new = (closure_named(f"debstore-toolbox-{name}.path-info.json.gz") for name in ("v1", "v2"))
    one = Planner(old).solve(PlanRequest("churn", 25))
    two = Planner(new, history=(old,), pushed=(one,)).solve(PlanRequest("churn", 25).carrying_on(one))
    back = Planner(old, history=(old, new), pushed=(one, two)).solve(
        PlanRequest("churn", 25).carrying_on(two)
    )
    assert push(back, one, two).push_bytes == 0
