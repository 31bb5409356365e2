"""What releases cost: figures that hold together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nixdive.layering.change.model import ChangeModel
from nixdive.layering.cost import expected_push, release_cost
from nixdive.layering.frame import Frame
from nixdive.layering.plan import Layer, LayerKind
from nixdive.layering.planner import Planner
from nixdive.layering.replan import offer, verdict
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.layering.versions import names_of

if TYPE_CHECKING:
    from collections.abc import Callable

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
    frame = Frame((BASE,), LINKS)
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


@pytest.mark.parametrize(
    ("once", "each", "words"),
    [
        (0, 0, "free"),
        (0, -5, "free"),
        (0, 5, "dearer with each release"),
        (10, 0, "never pays back"),
        (10, 3, "never pays back"),
        (10, -5, "pays back in 2 releases"),
        (10, -10, "pays back in 1 release"),
        (11, -10, "pays back in 2 releases"),
        (-10, 0, "saves at once"),
        (-10, -1, "saves at once"),
        (-10, 3, "dearer after 4 releases"),
    ],
)
def test_verdicts(once: int, each: int, words: str) -> None:
    assert verdict(once, each) == words
