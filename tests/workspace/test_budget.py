"""Layer budgets: what clients allow, what is reserved, and the count with which a release arrives soonest."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.clients.delivery import Delivery
from nixdive.clients.link import Link
from nixdive.errors import BudgetError
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.workspace.budget import Room, best_budget, soonest, tried
from nixdive.workspace.pricer import Pricer
from tests.examples import examples
from tests.layering.made import SEEDS, random_closure

USUAL = Room(Delivery.of())
LINK = Link.parse("1mbit/20ms")


def test_budgets_that_are_tried_cover_all() -> None:
    found = tried(125, 40)
    assert (found[0], found[-1]) == (1, 125)
    assert all(a < b for a, b in pairwise(found))
    assert len(found) > 30
    assert tried(125, 1) == (1,)
    assert tried(1, 24) == (1,)


def test_what_the_clients_take_is_the_most_that_can_be_asked_for() -> None:
    asked = PlanRequest(max_layers=125)
    assert USUAL.fitted(asked, 125) == asked
    with pytest.raises(BudgetError, match="a budget of 126 layers does not fit: Docker's overlay2") as caught:
        USUAL.fitted(PlanRequest(max_layers=126), 126)
    assert "--client" in (caught.value.hint or "")
    assert Room(Delivery.of(["podman"])).fitted(PlanRequest(max_layers=500), 500).max_layers == 500


def test_what_is_reserved_stays_free_unless_the_layers_stay_as_they_are() -> None:
    room = Room(Delivery.of(), 40)
    assert room.most == 85
    assert room.fitted(PlanRequest(), None).max_layers == 85
    assert room.fitted(PlanRequest(max_layers=20), None).max_layers == 20
    assert room.fitted(PlanRequest("keep", 100), None).max_layers == 100
    with pytest.raises(BudgetError, match="takes at most 125 layers, of which 40 are reserved"):
        room.fitted(PlanRequest(max_layers=86), 86)
    with pytest.raises(BudgetError, match="so large a reserve does not fit"):
        Room(Delivery.of(), 125).fitted(PlanRequest(), None)


def test_a_budget_from_elsewhere_may_be_larger_than_the_clients_take() -> None:
    asked = PlanRequest(max_layers=300)
    assert USUAL.fitted(asked, None) == asked


def test_the_soonest_is_the_smallest_within_a_hundredth() -> None:
    assert soonest({1: 9.0, 10: 5.04, 20: 5.0, 40: 5.01, 100: 7.0}) == 10
    assert soonest({3: 1.0}) == 3


@examples(8)
@given(SEEDS, st.sampled_from(["churn", "nixpkgs", "size"]))
def test_the_best_budget_takes_no_longer_than_one_layer_or_the_most(seed: int, strategy: str) -> None:
    pricer = Pricer(Planner(random_closure(seed, 40)), delivery=Delivery.of(("podman",), LINK))
    request = PlanRequest(strategy)
    best = best_budget(pricer, request, 60)
    assert 1 <= best <= 60

    def seconds(budget: int) -> float:
        plan = pricer.planner.solve(PlanRequest(strategy, budget))
        return pricer.seconds(plan, pricer.planner.model()).release

    assert seconds(best) <= 1.05 * min(seconds(budget) for budget in (max(best, 2), 60))


def test_a_nearer_registry_allows_more_layers() -> None:
    planner = Planner(random_closure(7, 60))
    far, near = (
        best_budget(Pricer(planner, delivery=Delivery.of((), Link.parse(text))), PlanRequest(), 125)
        for text in ("1mbit/2000ms", "1mbit/0ms")
    )
    assert far <= near


def test_layers_that_are_carried_on_are_not_merged_for_it() -> None:
    closure = random_closure(7, 60)
    pricer = Pricer(Planner(closure), delivery=Delivery.of((), Link.parse("1gbit/2000ms")))
    carried = tuple((path,) for path in closure.paths)
    assert best_budget(pricer, PlanRequest(), 125) < len(carried)
    assert best_budget(pricer, PlanRequest(carried=carried), 125) == len(carried)


@pytest.mark.parametrize("strategy", ["keep", "single", "pipeline"])
def test_strategies_that_have_the_layers_that_they_have_keep_their_budget(strategy: str) -> None:
    pricer = Pricer(Planner(random_closure(7, 60)))
    assert best_budget(pricer, PlanRequest(strategy, 33), 125) == 33


@pytest.mark.parametrize(
    ("clients", "needed", "enough"),
    [((), 120, True), ((), 125, True), ((), 126, False), (("podman",), 126, True), (("podman",), 501, False)],
)
def test_a_budget_is_to_be_raised_as_far_as_the_clients_go(
    clients: tuple[str, ...], needed: int, *, enough: bool
) -> None:
    room = Room(Delivery.of(clients))
    with pytest.raises(BudgetError) as caught, room.explaining():
        raise BudgetError("too few", hint="raise --max-layers", needed=needed)
    assert str(caught.value) == ("too few" if enough else f"too few; {room.words}")
    assert (caught.value.hint == "raise --max-layers") is enough
    assert caught.value.needed == needed
