"""Layers arranged by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nixdive.errors import FrozenError, PlanError
from nixdive.layering.arrangement import apart, as_before, holding, merged, moved, split
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.cost import expected_push
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from tests import openssl
from tests.examples import examples
from tests.layering.made import SEEDS, closure_of, random_closure

if TYPE_CHECKING:
    from nixdive.layering.plan import LayerPlan

STRATEGIES = st.sampled_from(["churn", "nixpkgs", "size"])


def planned(seed: int, strategy: str = "churn", budget: int = 12) -> tuple[LayerPlan, ChangeModel]:
    closure = random_closure(seed)
    return solve(closure, PlanRequest(strategy, budget)), ChangeModel.of(closure)


def stated(plan: LayerPlan, model: ChangeModel, layers: tuple[tuple[str, ...], ...]) -> LayerPlan:
    return solve(model.closure, replace(plan.request, carried=layers, max_layers=len(layers)), model=model)


@examples(40)
@given(SEEDS, STRATEGIES, st.data())
def test_what_is_arranged_is_what_is_planned(seed: int, strategy: str, data: st.DataObject) -> None:
    plan, model = planned(seed, strategy)
    assume(len(plan.layers) > 1)
    numbers = data.draw(st.sets(st.integers(0, len(plan.layers) - 1), min_size=2))
    number = data.draw(st.integers(0, len(plan.layers) - 1))
    made = [
        merged(plan, numbers),
        moved(plan, number, data.draw(st.integers(-number, len(plan.layers) - 1 - number))),
    ]
    if len(plan.layers[number].paths) > 1:
        made += [split(plan, number, model), apart(plan, plan.layers[number].paths[0])]
    for layers in made:
        assert sorted(chain.from_iterable(layers)) == sorted(plan.layer_of())
        assert stated(plan, model, layers).stored == layers


@examples(40)
@given(SEEDS)
def test_a_split_never_costs(seed: int) -> None:
    plan, model = planned(seed, budget=4)
    for number, layer in enumerate(plan.layers):
        if len(layer.paths) > 1:
            after = stated(plan, model, split(plan, number, model))
            assert len(after.layers) == len(plan.layers) + 1
            assert expected_push(after, model) <= expected_push(plan, model)


def test_a_merge_takes_the_place_of_the_lowest() -> None:
    plan = solve(closure_of([()] * 4), PlanRequest("each", 9))
    one, two, three, four = plan.stored
    assert merged(plan, {3, 1}) == (one, tuple(sorted((*two, *four), key=lambda path: path.name)), three)


def test_what_has_no_place_to_go_to() -> None:
    plan = solve(closure_of([()] * 3), PlanRequest("each", 9))
    with pytest.raises(PlanError, match="layer 3 is already the highest store layer"):
        moved(plan, 2, 1)
    with pytest.raises(PlanError, match="layer 1 is already the lowest"):
        moved(plan, 0, -1)


def test_what_cannot_be_split() -> None:
    closure = closure_of([()] * 4, names=["a", "b", "c", "d"])
    plan = solve(closure, PlanRequest("single", 9, pins=(Pin("[ab]", "both"),)))
    with pytest.raises(PlanError, match="pinned"):
        split(plan, 0, ChangeModel.of(closure))
    frozen = solve(closure, PlanRequest("single", 9, frozen=(plan.layers[1].paths,)))
    number = next(i for i, layer in enumerate(frozen.layers) if layer.frozen)
    with pytest.raises(PlanError, match="frozen"):
        apart(frozen, closure.paths[2])
    with pytest.raises(PlanError, match="frozen"):
        merged(frozen, {0, 1})
    with pytest.raises(PlanError, match="only one path"):
        apart(solve(closure, PlanRequest("each", 9)), closure.paths[0])
    assert frozen.layers[number].paths == plan.layers[1].paths


def test_a_layer_as_the_baseline_has_it() -> None:
    old = closure_of([()] * 4, names=["a-1", "b-1", "c-1", "d-1"])
    new = closure_of([()] * 4, names=["a-1", "b-1", "c-1", "d-2"], hashes=[0, 1, 2, 9])
    before = solve(old, PlanRequest("churn", 2, carried=(("a", "b"), ("c", "d"))))
    plan = solve(new, PlanRequest("churn", 3, carried=(("b",), ("a", "c"), ("d",))))
    ours = {layer.paths[0].name: i for i, layer in enumerate(plan.layers)}
    nearest = as_before(plan, ours["a-1"], before)
    assert [path.name for path in nearest] == ["a-1", "b-1"]
    assert [[path.name for path in layer] for layer in holding(plan, ours["a-1"], nearest)] == [
        ["a-1", "b-1"],
        ["d-2"],
    ]
    with pytest.raises(PlanError, match="d-1 is no longer in the closure"):
        as_before(plan, ours["d-2"], before)
    assert as_before(plan, 0, None) == plan.layers[0].paths


@examples(40)
@given(SEEDS, STRATEGIES, st.integers(2, 12), st.data())
def test_what_is_frozen_stays(seed: int, strategy: str, budget: int, data: st.DataObject) -> None:
    plan, model = planned(seed)
    layer = data.draw(st.sampled_from(plan.layers)).paths
    layer = tuple(data.draw(st.permutations(layer)))
    again = solve(model.closure, PlanRequest(strategy, budget, frozen=(layer,)), model=model)
    assert [one.paths for one in again.layers if one.frozen] == [layer]


def test_what_cannot_stay_is_refused() -> None:
    closure = closure_of([()] * 3, names=["a", "b", "c"])
    both = closure.paths[:2]
    for request, cause in (
        (PlanRequest(frozen=(both,), exclude=(both[0],)), "excluded"),
        (PlanRequest(frozen=(both,), pins=(Pin("b", "base"),)), "pinned to base"),
        (PlanRequest(frozen=(both, both[:1])), "frozen in another layer"),
    ):
        with pytest.raises(FrozenError, match=cause):
            solve(closure, request)
    other = closure_of([()] * 2, names=["x", "y"], hashes=[7, 8])
    with pytest.raises(FrozenError, match="a frozen layer cannot keep a: it is no longer in the closure"):
        solve(other, PlanRequest(frozen=(both,)))


def test_what_was_decided_stays_in_its_place() -> None:
    closure = closure_of([()] * 4, names=["a", "b", "c", "d"])
    order = (("d",), ("a",), ("c",), ("b",))
    for request in (
        PlanRequest("churn", 4, carried=order),
        PlanRequest("churn", 4, carried=order, pins=(Pin("a", "mine"),)),
        PlanRequest("churn", 4, carried=order, pins=(Pin("b", "mine"), Pin("d", "yours"))),
        PlanRequest("churn", 4, carried=order, frozen=((closure.paths[2],), (closure.paths[0],))),
    ):
        plan = solve(closure, request)
        assert [[path.name for path in layer.paths] for layer in plan.layers] == [list(one) for one in order]


@openssl.ORDERS
def test_the_layer_before_is_that_of_the_newest(order: str) -> None:
    older, old = openssl.olds(order)
    earlier = solve(openssl.before(order), PlanRequest("each", 9))
    now = solve(
        openssl.closure_of(openssl.path("f", "app-2.0"), older, old, openssl.NEW), PlanRequest("each", 9)
    )
    at = {layer.paths[0]: number for number, layer in enumerate(now.layers)}
    assert as_before(now, at[old], earlier) == (old,)
    with pytest.raises(PlanError, match="no earlier layer is like"):
        as_before(now, at[openssl.NEW], earlier)
