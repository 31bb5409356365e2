from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.layering.compare import push
from nixdive.layering.plan import Frame
from nixdive.layering.planner import Planner
from nixdive.layering.request import Pin, PlanRequest
from nixdive.words import brief_change
from nixdive.workspace import edits
from nixdive.workspace.open import OpenRequest, open_workspace
from nixdive.workspace.options import PlanOptions
from nixdive.workspace.price import Price, price, timed
from nixdive.workspace.pricer import Pricer
from nixdive.workspace.situation import Situation
from tests import openssl
from tests.small import SHAPE, SIZES, closure_of, path
from tests.workspace.figures import pushed
from tests.workspaces import baseline_of

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure

EACH = PlanRequest(strategy="each", max_layers=20)


def newer() -> Closure:
    """The closure after lib and app changed, and a new path came."""
    shape = {"app-1.1": ("lib-2.1", "tool-3.0", "new-1"), "lib-2.1": ("libc-2.39",), "new-1": ()}
    sizes = {"app-1.1": 1_000, "lib-2.1": 21_000, "new-1": 7}
    kept = ("tool-3.0", "libc-2.39", "data-5")
    return closure_of(
        {**shape, **{name: SHAPE[name] for name in kept}}, {**sizes, **{name: SIZES[name] for name in kept}}
    )


def test_without_a_baseline_all_is_pushed(closure: Closure) -> None:
    priced = Pricer(Planner(closure), None).plan(EACH)
    assert priced.push_bytes == closure.nar_size
    assert (priced.cost, priced.floor.push, priced.layer_marks) == (None, None, ())


def test_what_is_new_is_marked_and_counted(closure: Closure) -> None:
    priced = Pricer(Planner(newer()), baseline_of(closure, EACH)).plan(EACH)
    marks = {one.name: mark for one, mark in priced.path_marks.items()}
    assert marks == {
        "app-1.1": "~", "lib-2.1": "~", "new-1": "+", "tool-3.0": "=", "libc-2.39": "=", "data-5": "=",
    }  # fmt: skip
    assert priced.floor.push == 1_000 + 21_000 + 7
    assert priced.push_bytes == priced.floor.push, "each path has a layer of its own"
    by_name = {
        layer.paths[0].name: mark for layer, mark in zip(priced.plan.layers, priced.layer_marks, strict=True)
    }
    assert by_name == marks


def test_nixpkgs_has_no_next_push_after_layers_that_are_assumed_by_another_strategy() -> None:
    workspace = open_workspace(OpenRequest((), PlanOptions(max_layers=12), demo=True))
    for layers in (12, 28):
        here = workspace.plan(replace(workspace.shown.request, max_layers=layers))
        chosen = edits.strategy(Situation.of(here, here.asked), "nixpkgs")
        assert chosen is not None
        priced = workspace.plan(chosen.request)
        assert priced.nixpkgs == Price(pushed(priced), priced.release)
        assert here.nixpkgs == Price(None, priced.release)
        assert here.baseline is not None
        fixed = workspace.plan(replace(here.asked, assumed=here.plan.request.assumed))
        assert fixed.nixpkgs == Price(push(priced.plan, here.baseline.plan).push_bytes, priced.release)


def test_nixpkgs_is_compared_with_what_was_really_pushed(closure: Closure) -> None:
    known = baseline_of(closure, EACH)
    here = Pricer(Planner(newer()), known).plan(EACH)
    usual = here.pricer.as_nixpkgs(here.plan)
    assert here.nixpkgs is not None
    assert usual is not None
    assert here.nixpkgs.push == push(usual, known.plan).push_bytes


def test_no_plan_pushes_less_than_the_floor(closure: Closure) -> None:
    baseline = baseline_of(closure, EACH)
    planner = Planner(newer())
    for layers in range(1, 8):
        priced = Pricer(planner, baseline).plan(PlanRequest("nixpkgs", layers))
        assert priced.push_bytes >= (priced.floor.push or 0) > 0
        assert (priced.release or 0) >= (priced.floor.release or 0) > 0


def test_price_is_what_a_push_costs_more(closure: Closure) -> None:
    baseline = baseline_of(closure, EACH)
    before = Pricer(Planner(newer()), baseline).plan(EACH)
    pinned = PlanRequest("each", 20, (Pin("libc", "base"), Pin("data", "base")))
    after = Pricer(Planner(newer()), baseline).plan(pinned)
    there, back = price(after, before), price(before, after)
    assert there.push == SIZES["libc-2.39"] + SIZES["data-5"]
    assert (there.release or 0) > 0, "layers that are merged change more often"
    assert (back.push, back.release) == (-(there.push or 0), -(there.release or 0))


def test_a_timed_price_says_how_much_longer_a_push_and_a_release_take(closure: Closure) -> None:
    pricer = Pricer(Planner(newer()), baseline_of(closure, EACH))
    before, after = pricer.plan(EACH), pricer.plan(PlanRequest("single", 1))
    now, was = after.seconds, before.seconds
    assert now is not None
    assert was is not None
    cost = timed(price(after, before), after, before)
    assert cost.later == (
        brief_change(now.next_push, was.next_push),
        brief_change(now.release, was.release),
    )
    assert any(cost.later)
    assert timed(price(before, before), before, before).later == ("", "")
    surer = pricer.plan(replace(EACH, rates=(("*", 1.0),)))
    changed = timed(price(surer, before), surer, before)
    assert changed.later == ("", ""), "no plan is slower because more is expected of releases"


def test_price_without_a_baseline_is_that_of_the_layers_that_changed(closure: Closure) -> None:
    before = Pricer(Planner(closure), None).plan(EACH)
    after = Pricer(Planner(closure)).plan(PlanRequest("each", 20, (Pin("libc", "base"), Pin("data", "base"))))
    assert price(after, before).push == SIZES["libc-2.39"] + SIZES["data-5"]
    assert price(before, before) == Price(0, 0)


def test_layer_of_knows_every_path(closure: Closure) -> None:
    priced = Pricer(Planner(closure), None).plan(PlanRequest("single", 3, (Pin("data", "d"),)))
    assert priced.plan.layers[priced.layer_of[path("data-5")]].pin == "d"
    assert set(priced.layer_of) == set(closure.paths)


@openssl.ORDERS
def test_marks_and_origins_are_those_of_the_newest(order: str) -> None:
    older, old = openssl.olds(order)
    baseline = baseline_of(openssl.before(order), EACH)
    priced = Pricer(Planner(openssl.now()), baseline).plan(EACH)
    assert priced.pricer.origins[openssl.NEW] == old
    marks = dict(zip((layer.paths[0] for layer in priced.plan.layers), priced.layer_marks, strict=True))
    assert marks[openssl.NEW] == priced.path_marks[openssl.NEW] == "~"
    both = openssl.closure_of(openssl.path("f", "app-2.0"), older, old, openssl.NEW)
    joined = Pricer(Planner(both), baseline).plan(EACH)
    assert joined.path_marks[openssl.NEW] == "+", "those that were there stay"


@openssl.ORDERS
def test_a_layer_comes_from_the_one_of_the_newest(order: str) -> None:
    """3.0.14 was one of three in its layer, so that this is another one; 1.1.1w was alone."""
    older, _ = openssl.olds(order)
    baseline = baseline_of(openssl.before(order), PlanRequest("single", 20, (Pin(older.name, "older"),)))
    assert [len(layer.paths) for layer in baseline.plan.layers] == [1, 3]
    request = PlanRequest("single", 20, (Pin("openssl", "alone"),))
    priced = Pricer(Planner(openssl.now()), baseline).plan(request)
    assert [len(layer.paths) for layer in priced.plan.layers] == [1, 2]
    assert priced.layer_marks == ("+", "~")


def test_a_kept_image_is_compared_at_its_own_number_of_layers(closure: Closure) -> None:
    found = (closure.paths[:3], closure.paths[3:])
    planner = Planner(closure, Frame(found=found))
    kept = Pricer(planner).plan(PlanRequest("keep", 100))
    as_many = Pricer(planner).plan(PlanRequest("nixpkgs", 2))
    assert len(kept.plan.layers) == kept.nixpkgs_layers == len(as_many.plan.layers) == 2
    assert kept.nixpkgs == Price(None, as_many.release)
    assert kept.release_cost is not None
    assert as_many.release_cost is not None
    assert kept.release_cost.nixpkgs == as_many.release
    assert kept.release_cost.lower_bound == as_many.release_cost.lower_bound
