from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.frame import Frame
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.ui.standing import Baseline, price, stand
from tests.ui.conftest import SHAPE, SIZES, closure_of, path

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure

EACH = PlanRequest(strategy="each", max_layers=20)


def baseline_of(closure: Closure, request: PlanRequest = EACH) -> Baseline:
    return Baseline("old:1", solve(closure, request), closure)


def newer() -> Closure:
    """The closure after lib and app changed, and a new path came."""
    shape = {"app-1.1": ("lib-2.1", "tool-3.0", "new-1"), "lib-2.1": ("libc-2.39",), "new-1": ()}
    sizes = {"app-1.1": 1_000, "lib-2.1": 21_000, "new-1": 7}
    kept = ("tool-3.0", "libc-2.39", "data-5")
    return closure_of(
        {**shape, **{name: SHAPE[name] for name in kept}}, {**sizes, **{name: SIZES[name] for name in kept}}
    )


def test_without_a_baseline_all_is_pushed(closure: Closure) -> None:
    standing = stand(closure, Frame(), None, EACH)
    assert standing.push_bytes == closure.nar_size
    assert (standing.cost, standing.floor, standing.layer_marks) == (None, None, ())


def test_what_is_new_is_marked_and_counted(closure: Closure) -> None:
    standing = stand(newer(), Frame(), baseline_of(closure), EACH)
    marks = {one.name: mark for one, mark in standing.path_marks.items()}
    assert marks == {
        "app-1.1": "~", "lib-2.1": "~", "new-1": "+", "tool-3.0": "=", "libc-2.39": "=", "data-5": "=",
    }  # fmt: skip
    assert standing.floor == 1_000 + 21_000 + 7
    assert standing.push_bytes == standing.floor, "each path has a layer of its own"
    by_name = {
        layer.paths[0].name: mark
        for layer, mark in zip(standing.plan.layers, standing.layer_marks, strict=True)
    }
    assert by_name == marks


def test_no_plan_pushes_less_than_the_floor(closure: Closure) -> None:
    baseline = baseline_of(closure)
    for layers in range(1, 8):
        standing = stand(newer(), Frame(), baseline, PlanRequest("nixpkgs", layers))
        assert standing.floor is not None
        assert standing.push_bytes >= standing.floor


def test_price_is_what_a_push_costs_more(closure: Closure) -> None:
    baseline = baseline_of(closure)
    before = stand(newer(), Frame(), baseline, EACH)
    pinned = PlanRequest("each", 20, (Pin("libc", "base"), Pin("data", "base")))
    after = stand(newer(), Frame(), baseline, pinned)
    assert price(after, before) == SIZES["libc-2.39"] + SIZES["data-5"]
    assert price(before, after) == -price(after, before)


def test_price_without_a_baseline_is_that_of_the_layers_that_changed(closure: Closure) -> None:
    before = stand(closure, Frame(), None, EACH)
    after = stand(closure, Frame(), None, PlanRequest("each", 20, (Pin("libc", "base"), Pin("data", "base"))))
    assert price(after, before) == SIZES["libc-2.39"] + SIZES["data-5"]
    assert price(before, before) == 0


def test_layer_of_knows_every_path(closure: Closure) -> None:
    standing = stand(closure, Frame(), None, PlanRequest("single", 3, (Pin("data", "d"),)))
    assert standing.plan.layers[standing.layer_of[path("data-5")]].pin == "d"
    assert set(standing.layer_of) == set(closure.paths)
