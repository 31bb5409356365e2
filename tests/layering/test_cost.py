"""What releases cost: figures that hold together, and the bound."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.change.model import ChangeModel
from nixdive.layering.cost import expected_push, lower_bound, offer, release_cost
from nixdive.layering.plan import Frame, Layer, LayerKind
from nixdive.layering.planner import Planner
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.layering.versions import names_of
from tests.examples import examples
from tests.layering.made import SEEDS, optima, random_scenarios

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.closure.closure import Closure

TOOLBOX = "debstore-toolbox-v1.path-info.json.gz"
LINKS = Layer(LayerKind.CUSTOMISATION, (), 10_240, "links at the root")
BASE = Layer(LayerKind.BASE, (), 5_000_000, "base")


@pytest.mark.parametrize("budget", [3, 24, 100])
def test_no_plan_is_under_the_bound_and_churn_is_under_the_others(
    budget: int, closure_named: Callable[[str], Closure]
) -> None:
    closure = closure_named(TOOLBOX)
    model = ChangeModel.of(closure)
    costs = {
        name: release_cost(solve(closure, PlanRequest(name, budget), model=model), model)
        for name in ("churn", "nixpkgs", "popularity", "size", "single")
    }
    churn = costs["churn"]
    assert churn.nixpkgs == costs["nixpkgs"].expected_push
    assert churn.popularity == costs["popularity"].expected_push
    for cost in costs.values():
        assert churn.lower_bound == cost.lower_bound <= churn.expected_push <= cost.expected_push
    assert costs["single"].expected_push > 0.9 * closure.nar_size, "something changes in nearly every release"
    assert 1 <= churn.knee <= budget


def test_layers_around_count_in_the_budget_and_links_change_with_the_roots(
    closure_named: Callable[[str], Closure],
) -> None:
    closure = closure_named(TOOLBOX)
    model = ChangeModel.of(closure)
    frame = Frame((BASE,), (LINKS,))
    plain = release_cost(solve(closure, PlanRequest("churn", 10), model=model), model)
    around = release_cost(solve(closure, PlanRequest("churn", 12), frame, model=model), model, frame)
    links = round(10_240 * model.scenarios.probability(closure.roots))
    assert links > 5_000
    assert around.expected_push == pytest.approx(plain.expected_push + links, abs=2)
    assert around.lower_bound == pytest.approx(plain.lower_bound + links, abs=2)
    assert around.knee == plain.knee + 2


def test_compressed_bytes_are_told_where_they_are_known(closure_named: Callable[[str], Closure]) -> None:
    closure = closure_named("debian-npm-0.path-info.json.gz")
    model = ChangeModel.of(closure)
    plan = solve(closure, PlanRequest("churn", 25), model=model)
    cost = release_cost(plan, model)
    assert cost.compressed is not None
    assert 0 < cost.compressed < cost.expected_push
    made = closure_named(TOOLBOX)
    assert release_cost(solve(made, PlanRequest("single")), ChangeModel.of(made)).compressed is None


def test_a_pin_never_makes_a_plan_cheaper_than_the_bound(closure_named: Callable[[str], Closure]) -> None:
    closure = closure_named(TOOLBOX)
    planner = Planner(closure)
    request = PlanRequest("churn", 24, (Pin("perl*", "perl"),))
    cost = release_cost(planner.solve(request), planner.model())
    free = release_cost(planner.solve(PlanRequest("churn", 24)), planner.model())
    assert cost.lower_bound == free.lower_bound < free.expected_push <= cost.expected_push
    assert cost.nixpkgs == free.nixpkgs, "nixpkgs knows no pins"


def test_where_nixpkgs_has_no_room_it_has_no_cost(closure_named: Callable[[str], Closure]) -> None:
    closure = closure_named(TOOLBOX)
    planner = Planner(closure, Frame((BASE,)))
    plan = planner.solve(PlanRequest("churn", 2))
    narrow = replace(plan, request=PlanRequest("churn", 1))
    assert release_cost(narrow, planner.model(), planner.frame).nixpkgs is None


def test_a_planner_keeps_its_model(closure_named: Callable[[str], Closure]) -> None:
    planner = Planner(closure_named(TOOLBOX))
    assert planner.model() is planner.model()
    assert planner.model((("git", 1.0),)) is not planner.model(())
    plan = planner.solve(PlanRequest("nixpkgs", 12))
    assert all(layer.change_probability is not None for layer in plan.layers)


def test_laying_out_anew_has_a_price(closure_named: Callable[[str], Closure]) -> None:
    old, new = closure_named(TOOLBOX), closure_named("debstore-toolbox-v2.path-info.json.gz")
    before = solve(old, PlanRequest("popularity", 24))
    names = names_of(old.paths, [layer.paths for layer in before.layers])
    planner = Planner(new, history=(old,), pushed=(before,))
    carried = planner.solve(PlanRequest("churn", 24, carried=names))
    found = offer(carried, planner.model(), Frame(), planner.pushed)
    assert found is not None
    assert found.each_release < 0, "popularity's layers are dear"
    anew = planner.solve(PlanRequest("churn", 24))
    assert found.each_release == expected_push(anew, planner.model()) - expected_push(
        carried, planner.model()
    )
    assert offer(anew, planner.model(), Frame(), planner.pushed) is None
    again = planner.solve(
        PlanRequest("churn", 24, carried=names_of(new.paths, [layer.paths for layer in anew.layers]))
    )
    assert offer(again, planner.model(), Frame(), planner.pushed) is None, "nothing would change"


PATHS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from([0.0, 0.25, 1.0]), st.floats(0, 1)),
        st.one_of(st.just(0), st.integers(0, 1 << 40)),
    ),
    min_size=1,
    max_size=25,
)


def textbook(chances: Sequence[float], sizes: Sequence[int], count: int) -> float:
    """The best cuts of the order of change, where a layer changes when the one that changes most does."""
    order = sorted(range(len(sizes)), key=lambda i: chances[i])
    best = [0.0] + [float("inf")] * len(order)
    for _ in range(count):
        best = [0.0] + [
            min(
                best[start] + sum(sizes[i] for i in order[start:end]) * chances[order[end - 1]]
                for start in range(end)
            )
            for end in range(1, len(order) + 1)
        ]
    return best[-1]


@given(PATHS, st.integers(1, 12))
def test_it_is_the_optimum_of_the_relaxation(paths: list[tuple[float, int]], count: int) -> None:
    chances, sizes = [one for one, _ in paths], [one for _, one in paths]
    found = lower_bound(np.array(chances), sizes, count)
    expected = textbook(chances, sizes, count)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9 * sum(sizes))
    assert found <= expected * (1 + 1e-9) + 1e-12 * sum(sizes)


@examples(40)
@given(SEEDS, st.integers(1, 8))
def test_no_layout_is_below(seed: int, count: int) -> None:
    scenarios, sizes = random_scenarios(seed, count)
    for layers, least in enumerate(optima(scenarios, sizes), 1):
        assert lower_bound(scenarios.chances, sizes, layers) * scenarios.total <= least * (1 + 1e-9)


@given(PATHS)
def test_the_extremes_are_exact(paths: list[tuple[float, int]]) -> None:
    chances, sizes = [one for one, _ in paths], [one for _, one in paths]
    each = sum(chance * size for chance, size in paths)
    assert lower_bound(np.array(chances), sizes, len(paths)) == pytest.approx(each)
    assert lower_bound(np.array(chances), sizes, 125) == pytest.approx(each)
    together = max(chances) * sum(sizes)
    assert lower_bound(np.array(chances), sizes, 1) == pytest.approx(together, rel=1e-6)


@given(PATHS)
def test_more_layers_never_raise_it(paths: list[tuple[float, int]]) -> None:
    chances, sizes = np.array([one for one, _ in paths]), [one for _, one in paths]
    bounds = [lower_bound(chances, sizes, count) for count in range(1, 10)]
    slack = 1e-9 * sum(sizes)
    assert all(after <= before + slack for before, after in itertools.pairwise(bounds))


def test_many_levels_are_rounded_down_a_little() -> None:
    dice = np.random.default_rng(1)
    chances = np.sort(dice.random(2500)) ** 3
    sizes = dice.lognormal(10, 2, 2500).astype(np.int64).tolist()
    for count in (1, 10, 60):
        fine = _convex(chances.tolist(), sizes, count)
        assert 0.98 * fine < lower_bound(chances, sizes, count) <= fine * (1 + 1e-9)


def _convex(chances: Sequence[float], sizes: Sequence[int], count: int) -> float:
    """As `textbook`, all starts of a row at once."""
    levels = np.array(chances)
    below = np.concatenate([[0.0], np.cumsum(sizes)])
    best = np.concatenate([[0.0], below[1:] * levels])
    for _ in range(count - 1):
        best = np.concatenate(
            [
                [0.0],
                [
                    float((best[:end] - below[:end] * levels[end - 1]).min() + below[end] * levels[end - 1])
                    for end in range(1, len(levels) + 1)
                ],
            ]
        )
    return float(best[-1])


@pytest.mark.parametrize("sizes", [[1 << 62] * 40, [0] * 40, [1 << 62, 0] * 20, [1] * 39 + [1 << 62]])
def test_odd_sizes(sizes: list[int]) -> None:
    chances = np.linspace(0, 1, 40)
    for count in (1, 3, 39, 40):
        expected = textbook(chances.tolist(), sizes, count)
        assert lower_bound(chances, sizes, count) == pytest.approx(expected, rel=1e-6)
