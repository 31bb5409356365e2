"""Plans of fleets: what holds for all, and what they save."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.errors import BudgetError, PinError, PlanError
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.fleet import solve as fleet_solve
from nixdive.layering.fleet.draft import PULL
from nixdive.layering.fleet.ground import Ground
from nixdive.layering.fleet.image import FleetImage
from nixdive.layering.fleet.solve import solve_fleet
from nixdive.layering.plan import Layer, LayerKind, problems
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from tests.examples import examples
from tests.layering.fleet.fleets import fleets, image, path, paths_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.closure.closure import Closure
    from nixdive.layering.fleet.cost import Bill
    from nixdive.layering.fleet.plan import FleetPlan

APPS = ("flaskapp", "media", "postgres", "redis", "toolbox")


def total(bill: Bill) -> float:
    return bill.push + PULL * sum(bill.pulls)


def laid(plan: FleetPlan) -> list[tuple[object, ...]]:
    """The layers with the names of their images, whatever number an image has."""
    return sorted((layer.paths, sorted(plan.names[i] for i in layer.images)) for layer in plan.layers)


@pytest.fixture(scope="module")
def debstore(closure_named: Callable[[str], Closure]) -> tuple[FleetImage, ...]:
    return tuple(FleetImage(app, closure_named(f"debstore-{app}-v1.path-info.json.gz")) for app in APPS)


@examples(25)
@given(fleets(), st.integers(1, 6), st.sampled_from(["churn", "nixpkgs", "size", "single"]))
def test_every_image_is_laid_out_in_its_budget(
    images: tuple[FleetImage, ...], budget: int, strategy: str
) -> None:
    plan = solve_fleet(images, PlanRequest(strategy, budget)).plan
    assert len({layer.paths for layer in plan.layers}) == len(plan.layers)
    for number, one in enumerate(images):
        assert problems(one.closure, plan.plan_of(number, one)) == []
    for at, layer in enumerate(plan.layers):
        assert layer.images == {i for i, layers in enumerate(plan.images) if at in layers} != set()
        for user in layer.images:
            assert set(layer.paths) <= set(images[user].closure.paths)
        size = sum(
            dict(zip(images[user].closure.paths, images[user].closure.nar_sizes, strict=True))[one]
            for one in layer.paths
        )
        assert layer.nar_size == size


# of many paths each image is laid out alone from the joint plan
@pytest.mark.parametrize("own", [fleet_solve._OWN, 0])
@examples(20)
@given(fleets(), st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_order_of_the_images_makes_no_difference(
    own: int, images: tuple[FleetImage, ...], budget: int, draw: object
) -> None:
    other = list(images)
    draw.shuffle(other)  # type: ignore[attr-defined]
    request = PlanRequest("churn", budget)
    with patch.object(fleet_solve, "_OWN", own):
        assert laid(solve_fleet(images, request).plan) == laid(solve_fleet(other, request).plan)


@pytest.mark.parametrize("own", [fleet_solve._OWN, 0])
@examples(25)
@given(fleets(), st.integers(1, 6))
def test_it_costs_no_more_than_images_planned_alone(
    own: int, images: tuple[FleetImage, ...], budget: int
) -> None:
    with patch.object(fleet_solve, "_OWN", own):
        cost = solve_fleet(images, PlanRequest("churn", budget)).cost
    slack = 1 + 1e-6
    assert total(cost.plan) <= total(cost.separate) * slack
    assert total(cost.plan) <= total(cost.nixpkgs) * slack
    assert cost.lower_bound <= min(cost.plan.push, cost.separate.push, cost.nixpkgs.push) * slack


# no search is always best: these are the same fleets at every run
@examples(60, derandomize=True)
@given(fleets(), st.integers(1, 6))
def test_it_costs_no_more_than_the_paths_of_the_same_images_merged_by_size(
    images: tuple[FleetImage, ...], budget: int
) -> None:
    ground = Ground.of(images, PlanRequest("churn", budget))
    model = ChangeModel.of(ground.union)
    naive = naively(ground, model)
    assert total(solve_fleet(images, PlanRequest("churn", budget)).cost.plan) <= naive * (1 + 1e-6)


def naively(ground: Ground, model: ChangeModel) -> float:
    """What one layer for each set of images costs; where these are too many, the smallest are merged."""
    users: dict[int, set[int]] = {}
    for number, free in enumerate(ground.free):
        for i in free:
            users.setdefault(i, set()).add(number)
    classes: dict[frozenset[int], set[int]] = {}
    for i, found in users.items():
        classes.setdefault(frozenset(found), set()).add(i)
    sizes = ground.union.nar_sizes
    layouts = []
    for number, limit in enumerate(ground.limits):
        layers = sorted(
            (sum(sizes[i] for i in members), sorted(members))
            for found, members in classes.items()
            if number in found
        )
        while len(layers) > limit:
            (one, first), (two, second) = layers[:2]
            layers = sorted([*layers[2:], (one + two, sorted(first + second))])
        layouts.append([tuple(members) for _, members in layers])
    cost = 0.0
    for members in {layer for layout in layouts for layer in layout}:
        count = sum(members in layout for layout in layouts)
        expected = sum(sizes[i] for i in members) * model.scenarios.probability(members)
        cost += expected * (1 + PULL * count)
    return cost


@examples(10)
@given(fleets(), st.integers(1, 6), st.integers(2, 4))
def test_identical_images_share_everything(images: tuple[FleetImage, ...], budget: int, copies: int) -> None:
    twins = [replace(images[0], name=f"twin{i}") for i in range(copies)]
    plan = solve_fleet([*twins, *images[1:]], PlanRequest("churn", budget)).plan
    assert len(set(plan.images[:copies])) == 1
    assert all(
        layer.images.isdisjoint(range(copies)) or layer.images >= set(range(copies)) for layer in plan.layers
    )


def test_real_images_share_what_they_have_in_common(debstore: tuple[FleetImage, ...]) -> None:
    solved = solve_fleet(debstore, PlanRequest("churn", 100))
    assert solved.cost.plan.push < solved.cost.separate.push
    assert solved.cost.plan.push < solved.cost.nixpkgs.push
    assert solved.cost.plan.registry <= solved.cost.separate.registry
    libc = next(layer for layer in solved.plan.layers if any(one.package == "libc6" for one in layer.paths))
    assert libc.images == set(range(len(APPS)))


@pytest.mark.parametrize("own", [10_000, 0])
def test_other_processes_make_no_difference(
    own: int, debstore: tuple[FleetImage, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_solve, "_OWN", own)
    request = PlanRequest("churn", 20)
    here = solve_fleet(debstore, request)
    monkeypatch.setattr(fleet_solve, "_FEW", 0)
    monkeypatch.setattr(fleet_solve, "workers", lambda: 2)
    assert solve_fleet(debstore, request) == here


def test_images_alone_cost_hardly_more_from_the_joint_plan(
    debstore: tuple[FleetImage, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    pulls = []
    for own in (10_000, 0):
        monkeypatch.setattr(fleet_solve, "_OWN", own)
        pulls.append(solve_fleet(debstore, PlanRequest("churn", 20)).cost.separate.pulls)
    searched, near = pulls
    assert all(quick <= slow * 1.02 for slow, quick in zip(searched, near, strict=True))


def test_another_strategy_lays_out_each_image_alone(debstore: tuple[FleetImage, ...]) -> None:
    request = PlanRequest("popularity", 20)
    plan = solve_fleet(debstore, request).plan
    for number, one in enumerate(debstore):
        alone = solve(one.closure, request)
        assert [layer.paths for layer in plan.plan_of(number, one).layers] == [
            layer.paths for layer in alone.layers
        ]


def test_nixpkgs_alone_is_what_it_is_said_to_cost(debstore: tuple[FleetImage, ...]) -> None:
    cost = solve_fleet(debstore, PlanRequest("nixpkgs", 30)).cost
    assert cost.plan == cost.nixpkgs


def test_a_pin_is_one_layer_in_each_image(debstore: tuple[FleetImage, ...]) -> None:
    request = PlanRequest("churn", 12, (Pin("libc6", "base"), Pin("perl*", "perl")))
    plan = solve_fleet(debstore, request).plan
    (base,) = (layer for layer in plan.layers if layer.pin == "base")
    assert base.images == set(range(len(APPS)))
    assert plan.layers[0] == base
    for layers in plan.images:
        names = [plan.layers[i].pin for i in layers if plan.layers[i].pin]
        assert len(set(names)) == len(names)


def test_the_plan_of_an_image_asks_for_what_concerns_it(debstore: tuple[FleetImage, ...]) -> None:
    request = PlanRequest("churn", 12, (Pin("libc6", "base"), Pin("perl-base", "perl")))
    plan = solve_fleet(debstore, request).plan
    redis = plan.plan_of(3, debstore[3])
    assert redis.request.pins == (Pin("libc6", "base"),)
    assert problems(debstore[3].closure, redis) == []


def test_what_is_excluded_is_in_no_layer(debstore: tuple[FleetImage, ...]) -> None:
    gone = debstore[3].closure.paths[3]
    plan = solve_fleet(debstore, PlanRequest("churn", 12, exclude=(gone,))).plan
    assert all(gone not in layer.paths for layer in plan.layers)


def test_layers_around_the_store_count_in_the_budget_of_their_image(debstore: tuple[FleetImage, ...]) -> None:
    base = tuple(Layer(LayerKind.BASE, (), 10, "base") for _ in range(7))
    framed = replace(debstore[0], frame=replace(debstore[0].frame, base=base))
    plan = solve_fleet([framed, *debstore[1:]], PlanRequest("churn", 10)).plan
    assert [len(layers) for layers in plan.images] == [3, 10, 10, 10, 10]


def test_errors_name_their_cause(debstore: tuple[FleetImage, ...]) -> None:
    with pytest.raises(BudgetError, match="10001 layers is not between 1 and 10000"):
        solve_fleet(debstore, PlanRequest("churn", 10_001))
    with pytest.raises(BudgetError, match="flaskapp"):
        solve_fleet(debstore, PlanRequest("churn", 1, (Pin("libc6", "base"),)))
    with pytest.raises(PinError, match="libc7"):
        solve_fleet(debstore, PlanRequest("churn", pins=(Pin("libc7", "base"),)))
    with pytest.raises(PlanError, match="no image"):
        solve_fleet((), PlanRequest("churn"))


def test_an_image_without_paths_has_no_layers() -> None:
    infos = paths_of([5, 7], [[], [0]])
    whole = image("whole", infos, [infos[1].path])
    gone = image("gone", infos, [infos[0].path])
    plan = solve_fleet([whole, gone], PlanRequest("churn", exclude=(path(0, "package0"),))).plan
    assert plan.images[1] == ()
    assert [len(layer.paths) for layer in plan.layers] == [1]


def test_the_chance_of_change_is_that_of_the_model(debstore: Sequence[FleetImage]) -> None:
    plan = solve_fleet(debstore, PlanRequest("churn", 20)).plan
    model = ChangeModel.of(Ground.of(debstore, plan.request).union)
    index = model.closure.index
    for layer in plan.layers:
        expected = model.scenarios.probability([index[one] for one in layer.paths])
        assert np.isclose(layer.change_probability, expected)
