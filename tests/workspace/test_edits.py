from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.layering.request import Pin, PlanRequest
from nixdive.workspace import edits
from nixdive.workspace.situation import Situation
from tests.small import SHAPE, SIZES, closure_of, path

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.workspace.priced_plan import PricedPlan

REQUEST = PlanRequest(max_layers=24, pins=(Pin("perl", "perl"), Pin("libc", "base")))


def unplanned(_: PlanRequest) -> PricedPlan:
    raise AssertionError("the edit needs no plan")


NOW = Situation(REQUEST, 125, unplanned)


def test_budget_says_from_what_to_what() -> None:
    step = edits.budget(NOW, 28)
    assert step is not None
    assert (step.what, step.result, step.request.max_layers) == ("budget 24", "28", 28)


def test_budget_stays_where_the_clients_load() -> None:
    most = edits.budget(NOW, 1000)
    least = edits.budget(NOW, -5)
    assert most is not None
    assert least is not None
    assert (least.request.max_layers, most.request.max_layers) == (1, 125)
    assert edits.budget(NOW, 24) is None
    found = replace(NOW, request=replace(REQUEST, max_layers=300))  # of an image that other clients have made
    lower, higher = edits.budget(found, 299), edits.budget(found, 301)
    assert lower is not None
    assert (lower.request.max_layers, higher) == (299, None)


def test_strategy_that_holds_is_no_edit() -> None:
    assert edits.strategy(NOW, REQUEST.strategy) is None


def test_pin_replaces_an_earlier_one_of_the_same_pattern() -> None:
    step = edits.pin(NOW, ["perl", "zlib"], "tools")
    assert step is not None
    assert step.request.pins == (Pin("libc", "base"), Pin("perl", "tools"), Pin("zlib", "tools"))
    assert (step.what, step.result, step.mark) == ("pin perl and 1 more", "layer tools", "◆")
    assert edits.pin(NOW, ["perl"], "perl") is None


def test_unpin_takes_what_is_unwanted() -> None:
    step = edits.unpin(NOW, lambda pin: pin.layer == "base")
    assert step is not None
    assert step.request.pins == (Pin("perl", "perl"),)
    assert edits.unpin(NOW, lambda pin: pin.layer == "nothing") is None


def test_pattern_carries_to_the_next_version_where_it_can(closure: Closure) -> None:
    assert edits.pattern_for(path("libc-2.39"), closure) == "libc"
    twice = closure_of({**SHAPE, "libc-3.0": ()}, {**SIZES, "libc-3.0": 1})
    assert edits.pattern_for(path("libc-2.39"), twice) == "libc-2.39"


def test_pattern_matches_its_path_and_no_other(closure: Closure) -> None:
    for one in closure.paths:
        pin = Pin(edits.pattern_for(one, closure), "x")
        assert [other for other in closure.paths if pin.matches(other)] == [one]
