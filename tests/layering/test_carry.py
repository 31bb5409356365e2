"""Plans that go on with the next version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.carry import Earlier, carry
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.plan import problems
from nixdive.layering.planfile import parse_plan
from nixdive.layering.planner import Planner
from nixdive.layering.planwriter import plan_toml
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.layering.strategies import STRATEGIES
from nixdive.layering.versions import names_of
from tests import openssl
from tests.examples import examples
from tests.layering.made import SEEDS, closure_of, cost_of, optima, random_closure

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan

LAID = [name for name in STRATEGIES.names() if name not in {"keep", "pipeline"}]


def carried(plan: LayerPlan, closure: Closure) -> tuple[tuple[str, ...], ...]:
    return names_of(closure.paths, [layer.paths for layer in plan.layers])


@pytest.mark.parametrize("strategy", LAID)
@pytest.mark.parametrize("budget", [3, 25])
def test_the_same_closure_has_the_same_layers(
    strategy: str, budget: int, closure_named: Callable[[str], Closure]
) -> None:
    closure = closure_named("debstore-redis-v1.path-info.json.gz")
    plan = solve(closure, PlanRequest(strategy, budget))
    for layers in (carried(plan, closure), tuple(layer.paths for layer in plan.layers)):
        again = solve(closure, PlanRequest(strategy, budget, carried=layers))
        assert [layer.paths for layer in again.layers] == [layer.paths for layer in plan.layers]
        assert [layer.nar_size for layer in again.layers] == [layer.nar_size for layer in plan.layers]
        assert not any("new path" in layer.reason for layer in again.layers)
        if strategy == "churn":
            assert again.layers == plan.layers


@examples(40)
@given(SEEDS, st.sampled_from(LAID), st.integers(1, 12))
def test_the_same_closure_whatever_it_is(seed: int, strategy: str, budget: int) -> None:
    closure = random_closure(seed)
    plan = solve(closure, PlanRequest(strategy, budget))
    again = solve(closure, PlanRequest(strategy, budget, carried=carried(plan, closure)))
    assert [layer.paths for layer in again.layers] == [layer.paths for layer in plan.layers]


@examples(40)
@given(SEEDS, SEEDS, st.sampled_from(LAID), st.integers(1, 9), st.integers(1, 9))
def test_any_version_after_any_other(seed: int, after: int, strategy: str, budget: int, later: int) -> None:
    old, new = random_closure(seed), random_closure(after)
    layers = carried(solve(old, PlanRequest(strategy, budget)), old)
    plan = solve(new, PlanRequest(strategy, later, carried=layers))
    assert problems(new, plan) == []
    assert solve(new, PlanRequest(strategy, later, carried=layers)) == plan


@pytest.mark.parametrize(
    ("one", "other"), [("redis-v1", "redis-v2"), ("media-v1", "media-v2"), ("toolbox-v1", "toolbox-v2")]
)
def test_real_versions(one: str, other: str, closure_named: Callable[[str], Closure]) -> None:
    old, new = (closure_named(f"debstore-{name}.path-info.json.gz") for name in (one, other))
    first = solve(old, PlanRequest("churn", 25))
    plan = Planner(new, history=(old,), pushed=(first,)).solve(
        PlanRequest("churn", 25, carried=carried(first, old), horizon=0)
    )
    assert problems(new, plan) == []
    stay = [layer.paths for layer in first.layers if set(layer.paths) <= set(new.paths)]
    assert set(stay) <= {layer.paths for layer in plan.layers}


def names(plan: LayerPlan) -> list[list[str]]:
    return [[path.package for path in layer.paths] for layer in plan.layers]


LETTERS = ["a-1", "b-1", "c-1", "d-1"]


def test_what_is_gone_is_gone_and_what_is_new_has_a_place() -> None:
    closure = closure_of([[], [0], [1]], ["a-2", "b-2", "new-1"], [1, 1, 1 << 30])
    plan = solve(closure, PlanRequest("churn", 9, carried=(("b",), ("gone",), ("gone-too", "a"))))
    assert names(plan) == [["b"], ["a"], ["new"]]
    assert [layer.reason.startswith("1 new path; ") for layer in plan.layers] == [False, False, True]
    others = solve(closure, PlanRequest("each", 9, carried=(("b",), ("a",))))
    assert len(others.layers) == 2, "only churn uses what room there is"
    assert names(solve(closure, PlanRequest("single", 2, carried=(("b",), ("a",))))) in (
        [["b", "new"], ["a"]],
        [["b"], ["a", "new"]],
    )


def test_nothing_is_left_of_the_plan() -> None:
    closure = closure_of([[], [], []], sizes=[1, 1 << 20, 1 << 30])
    plan = solve(closure, PlanRequest("churn", 2, carried=(("gone",),)))
    assert problems(closure, plan) == []
    assert len(plan.layers) == 2
    assert all(" new path" in layer.reason for layer in plan.layers)


def test_layers_over_the_budget_are_merged_where_it_costs_least() -> None:
    closure = closure_of([[], [0], [], [2]], LETTERS, [1 << 20] * 4)
    rates = (("a", 0.5), ("c", 0.01), ("*", 0.0))
    layers = tuple((name,) for name in "abcd")
    plan = solve(closure, PlanRequest("each", 2, rates=rates, carried=layers))
    assert names(plan) == [["c", "d"], ["a", "b"]], "what changes more lies above"
    assert names(solve(closure, PlanRequest("each", 1, rates=rates, carried=layers))) == [list("abcd")]


@examples(30)
@given(SEEDS, st.integers(3, 7), st.data())
def test_of_all_ways_to_merge_a_few_layers_none_costs_less(
    seed: int, layers: int, data: st.DataObject
) -> None:
    dice = np.random.default_rng(seed)
    rows = [[j for j in range(i) if dice.random() < 0.3] for i in range(layers)]
    sizes = [int(size) for size in dice.lognormal(10, 2, layers)]
    closure = closure_of(rows, [f"{letter}-1" for letter in "abcdefg"[:layers]], sizes)
    model = ChangeModel.of(closure, wishes=[(path.name, float(dice.random())) for path in closure.paths])
    limit = data.draw(st.integers(1, layers - 1))
    named = names_of(closure.paths, [(path,) for path in closure.paths])
    earlier = Earlier(closure, named, [""] * layers, frozenset(), range(layers))
    merged = [group.members for group in carry(model, earlier, limit, 5, grow=False)]
    assert len(merged) == limit
    least = optima(model.scenarios, closure.nar_sizes)[limit - 1]
    assert cost_of(model.scenarios, closure.nar_sizes, merged) <= least * (1 + 1e-9)


def test_a_pushed_layer_is_kept_clean_when_that_is_cheaper() -> None:
    """New never changes; the large layer changes least, but to touch it is to push it again."""
    closure = closure_of([[], [], []], ["large-1", "small-1", "new-1"], [1 << 30, 1 << 10, 1 << 20])
    rates = (("large", 0.0), ("small", 0.01), ("new", 0.0))
    request = PlanRequest("each", 2, rates=rates, carried=(("large",), ("small",)))
    assert names(solve(closure, request)) == [["large", "new"], ["small"]]
    first = solve(closure_of([[], []], ["large-1", "small-1"], [1 << 30, 1 << 10]), PlanRequest("each"))
    kept = solve(closure, request, pushed=(first,))
    assert names(kept) == [["large"], ["new", "small"]]


def test_a_pushed_layer_that_is_touched_once_may_be_touched_again() -> None:
    """The first new one is dear elsewhere; with it all is pushed, and the second one comes for nothing."""
    sizes = [1 << 20, 1 << 10, 1 << 25, 1 << 10]
    closure = closure_of([[]] * 4, ["still-1", "busy-1", "new-1", "newer-1"], sizes)
    rates = (("busy", 0.9), ("*", 0.0))
    first = solve(closure_of([[], []], ["still-1", "busy-1"], sizes[:2]), PlanRequest("each"))
    request = PlanRequest("each", 2, rates=rates, carried=(("still",), ("busy",)))
    plan = solve(closure, request, pushed=(first,))
    assert names(plan) == [["new", "newer", "still"], ["busy"]]
    fewer = solve(closure, replace(request, exclude=closure.paths[2:3]), pushed=(first,))
    assert names(fewer) == [["still"], ["busy", "newer"]]


def test_pins_made_later_hold() -> None:
    closure = closure_of([[], [0], [1], [2]], LETTERS)
    request = PlanRequest("single", 9, (Pin("b", "mine"),), carried=(("a", "b"), ("d", "c")))
    plan = solve(closure, request)
    assert names(plan) == [["a"], ["b"], ["d", "c"]], "what changes more lies above the pin"
    assert [layer.pin for layer in plan.layers] == [None, "mine", None]
    without = solve(closure, PlanRequest("single", 9, exclude=closure.paths[3:], carried=request.carried))
    assert names(without) == [["a", "b"], ["c"]]


def test_a_pin_on_one_of_two_versions_does_not_mix_up_the_other() -> None:
    closure = closure_of([[], [], []], ["x-1.0", "x-2.0", "y-1"])
    layers = (("x",), ("x#2", "y"))
    plan = solve(closure, PlanRequest("single", 9, (Pin("x-2.0", "mine"),), carried=layers))
    assert [[path.name for path in layer.paths] for layer in plan.layers] == [["x-2.0"], ["x-1.0", "y-1"]]


@pytest.mark.parametrize("strategy", ["keep", "pipeline"])
def test_who_is_told_what_to_do_does_not_carry(strategy: str) -> None:
    from nixdive.layering.plan import Frame

    closure = closure_of([[], [0]], ["a-1", "b-1"])
    request = PlanRequest(strategy, 9, pipeline='[["popularity_contest"]]', carried=(("a", "b"),))
    plan = solve(closure, request, Frame(found=((closure.paths[0],), (closure.paths[1],))))
    assert names(plan) == [["a"], ["b"]]


@examples(50)
@given(SEEDS, st.integers(1, 9), st.data())
def test_only_what_is_free_is_laid_out(seed: int, limit: int, data: st.DataObject) -> None:
    closure = random_closure(seed)
    free = sorted(data.draw(st.sets(st.integers(0, len(closure) - 1), min_size=1)))
    layers = names_of(closure.paths, [closure.paths[::2], closure.paths[1::3], closure.paths[3::6]])
    earlier = Earlier(closure, layers, [""] * len(layers), frozenset(), free)
    groups = carry(ChangeModel.of(closure), earlier, limit, data.draw(st.sampled_from([0, 5])))
    assert sorted(i for group in groups for i in group.members) == free
    assert len(groups) <= limit


def test_a_thousand_new_paths_in_one_layer_are_no_wait() -> None:
    closure = closure_of([[] for _ in range(3000)])
    plan = solve(closure, PlanRequest("single", 1, carried=(("p0",),)))
    assert len(plan.layers) == 1


@openssl.ORDERS
def test_the_newest_takes_the_place_of_the_newest(order: str) -> None:
    older, old = openssl.olds(order)
    earlier, now = openssl.before(order), openssl.now()
    first = solve(earlier, PlanRequest("single", 9, (Pin(older.name, "older"), Pin(old.name, "old"))))
    layers = tuple(layer.paths for layer in first.layers)
    assert layers[:2] == ((older,), (old,))
    for kept in (layers, carried(first, earlier)):
        older_apart = (kept[1], (*kept[0], *kept[2]))
        older_with_it = ((*kept[0], *kept[1]), kept[2])
        old_with_rest = (kept[0], (*kept[1], *kept[2]))
        for before, after in (
            (kept, [["openssl"], ["app", "data"]]),
            (older_apart, [["openssl"], ["app", "data"]]),
            (older_with_it, [["openssl"], ["app", "data"]]),
            (old_with_rest, [["app", "data", "openssl"]]),
        ):
            plan = solve(now, PlanRequest("single", 9, carried=before))
            assert sorted(map(sorted, names(plan))) == sorted(after)


def test_versions_keep_their_layers_when_a_newer_one_joins_them() -> None:
    """From a plan file alone: their names say which is which."""
    old = closure_of([[], [], []], ["x-1.0", "x-2.0", "y-1"])
    first = solve(old, PlanRequest("single", 9, (Pin("x-1.0", "one"), Pin("x-2.0", "two"))))
    new = closure_of([[], [], [], []], ["x-1.1", "x-2.1", "y-1", "x-3.0"], hashes=[5, 6, 2, 7])
    request = parse_plan(plan_toml(first), "plan.toml")
    plan = solve(new, replace(request, strategy="churn", pins=()))
    fresh = {layer.paths[0].name: layer.reason.startswith("1 new path") for layer in plan.layers}
    assert fresh == {"x-1.1": False, "x-2.1": False, "y-1": False, "x-3.0": True}


def test_with_the_earlier_version_a_name_is_the_path_that_it_was() -> None:
    """The file alone says nothing of the version of a package that was there once."""
    old = closure_of([[], []], ["x-1.0", "y-1"])
    new = closure_of([[], [], []], ["x-1.0", "y-1", "x-2.0"])
    request = PlanRequest("churn", 9, carried=(("x",), ("y",)))
    first = solve(old, PlanRequest("each"))
    for pushed, fresh in (((), "x-1.0"), ((first,), "x-2.0")):
        plan = solve(new, request, pushed=pushed)
        (placed,) = (layer for layer in plan.layers if layer.reason.startswith("1 new path"))
        assert [path.name for path in placed.paths] == [fresh]
