from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nixdive.errors import PlanError
from nixdive.layering.plan import LayerKind, LayerPlan
from nixdive.layering.planfile import parse_plan
from nixdive.layering.planwriter import plan_toml
from nixdive.layering.request import Pin, PlanRequest
from nixdive.opening.open import open_demo
from nixdive.workspace.baseline import onward, planner_after
from tests.examples import examples
from tests.workspaces import earlier

if TYPE_CHECKING:
    from nixdive.layering.planner import Planner

DEMO = open_demo()
PATHS = DEMO.closure.paths
PACKAGES = sorted({path.package for path in PATHS})
BEFORE = earlier(request=PlanRequest(max_layers=20), before=DEMO.before)
ANEW, AFTER = (planner_after(versions, DEMO) for versions in ((), BEFORE))
REQUESTS = st.builds(
    PlanRequest,
    strategy=st.sampled_from(["churn", "nixpkgs", "popularity", "size", "each", "single"]),
    max_layers=st.sampled_from([4, 12, 20, 100]),
    pins=st.lists(
        st.builds(Pin, st.sampled_from(PACKAGES), st.sampled_from(["a", "b"])), max_size=4, unique=True
    ).map(tuple),
    exclude=st.lists(st.sampled_from(PATHS), max_size=2, unique=True).map(tuple),
    rates=st.lists(
        st.tuples(st.sampled_from(PACKAGES), st.sampled_from([0.0, 0.25, 1.0])),
        max_size=2,
        unique_by=lambda rate: rate[0],
    ).map(tuple),
)


@examples(40)
@given(
    wish=REQUESTS,
    planner=st.sampled_from([ANEW, AFTER]),
    last=st.sampled_from([None, BEFORE[-1].plan]),
    frozen=st.sets(st.integers(0, 5), max_size=2),
)
def test_a_plan_saved_and_opened_again_is_the_same_plan(
    wish: PlanRequest, planner: Planner, last: LayerPlan | None, frozen: set[int]
) -> None:
    try:
        plan = planner.solve(onward(wish, last) if last else wish)
        layers = [layer.paths for layer in plan.layers if layer.kind is LayerKind.STORE and not layer.pin]
        kept = tuple(layers[number] for number in frozen if number < len(layers))
        if kept:
            plan = planner.solve(replace(plan.request, frozen=kept))
    except PlanError:
        assume(False)
    again = planner.solve(parse_plan(plan_toml(plan), "plan.toml"))
    assert [layer.paths for layer in again.layers] == [layer.paths for layer in plan.layers]
    assert [layer.pin for layer in again.layers] == [layer.pin for layer in plan.layers]
    assert set(again.request.pins) == set(plan.request.pins)
    assert again.request.exclude == plan.request.exclude
    assert set(again.request.frozen) == set(plan.request.frozen)
    assert again.request.rates == plan.request.rates


@pytest.mark.parametrize("strategy", ["churn", "nixpkgs"])
def test_a_pinned_layer_stays_where_it_lay_and_a_new_pin_finds_its_place(strategy: str) -> None:
    pinned = PlanRequest(strategy, 20, (Pin("shop*", "shop"), Pin("musl", "libc")))
    plan = ANEW.solve(pinned)
    opened = parse_plan(plan_toml(plan), "plan.toml")
    more = ANEW.solve(replace(opened, pins=(*opened.pins, Pin("tzdata", "zones")), max_layers=30))
    old = [layer.paths for layer in plan.layers]
    stayed = [layer.paths for layer in more.layers if layer.paths in old]
    assert stayed == [paths for paths in old if paths in stayed]
    assert "zones" in {layer.pin for layer in more.layers}
