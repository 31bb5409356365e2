"""Earlier versions of the images of a fleet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.change.model import ChangeModel
from nixdive.layering.fleet.carry import carried_layers
from nixdive.layering.fleet.ground import Ground
from nixdive.layering.fleet.image import keys
from nixdive.layering.fleet.past import PushedImage, past_of, versions
from nixdive.layering.fleet.solve import solve_fleet
from nixdive.layering.plan import Frame
from nixdive.layering.planfile import PlannedLayer
from nixdive.layering.request import PlanRequest
from nixdive.layering.versions import names, origins
from tests.layering.fleet.fleets import image, paths_of

if TYPE_CHECKING:
    from nixdive.layering.fleet.image import FleetImage

SIZES, NEEDS = [10, 20, 30, 40], [[], [0], [0], [1]]
REQUEST = PlanRequest("churn")


def fleet(*changed: int) -> tuple[FleetImage, FleetImage]:
    infos = paths_of(SIZES, NEEDS, changed=changed)
    return image("one", infos, [infos[2].path]), image("two", infos, [infos[3].path])


def test_versions_are_those_of_the_image_with_the_same_root() -> None:
    now, before, first = fleet(3), fleet(), fleet(2, 3)
    found = versions(now, [first[1], before[0], before[1]])
    assert found == ((before[0], first[1]), (before[0], before[1]))


def test_an_image_without_a_past_stands_for_itself_and_was_not_pushed() -> None:
    now, before = fleet(3), fleet()
    past, _ = past_of(now, [before[1]], REQUEST)
    assert {path for layer in past.pushed for path in layer} == set(before[1].closure.paths)
    assert set(past.closures[0].paths) == {*before[1].closure.paths, *now[0].closure.paths}


def test_an_image_that_is_not_in_the_fleet_any_more_is_left_out() -> None:
    now, before = fleet(), fleet(3)
    assert past_of(now[:1], [before[1]], REQUEST)[0].pushed == frozenset()


def test_layers_that_were_found_are_taken_as_they_were() -> None:
    now, before = fleet(3), fleet()
    layers = (before[0].closure.paths[:1], before[0].closure.paths[1:])
    found = replace(before[0], frame=Frame(found=layers))
    assert past_of(now, [found], REQUEST)[0].pushed == frozenset(layers)


def pushed(one: FleetImage) -> PushedImage:
    layers = (one.closure.paths[:1], one.closure.paths[1:])
    return PushedImage("pushed", layers, layers)


def test_layers_that_were_pushed_are_carried_on_by_the_image_whose_root_they_hold() -> None:
    now, before = fleet(3), fleet(2, 3)
    past, carried = past_of(now, [pushed(before[1])], REQUEST)
    assert [layer.packages for layer in carried] == list(pushed(before[1]).layers)
    assert {layer.images for layer in carried} == {(keys(now)[1],)}
    assert past.pushed == frozenset(pushed(before[1]).layers)
    assert past.closures == ()


def test_layers_of_a_plan_are_not_replaced_by_those_that_were_found() -> None:
    now, before = fleet(3), fleet(2, 3)
    plan = [PlannedLayer(tuple(names(before[0].closure.paths)), keys(before[:1]))]
    past, carried = past_of(now, [pushed(before[0])], REQUEST, plan)
    assert [set(layer.packages) for layer in carried] == [set(before[0].closure.paths)]
    assert past.pushed == frozenset(pushed(before[0]).layers)


def test_an_image_without_an_earlier_version_keeps_what_a_plan_says_of_it() -> None:
    now, before = fleet(3), fleet()
    layers = carried_layers(solve_fleet(before, replace(REQUEST, max_layers=1)).plan)
    _, carried = past_of(now, [before[1]], REQUEST, layers)
    users = {key for layer in carried for key in layer.images}
    assert len(origins(keys(now), users, renamed=False)) == len(now)


def test_each_image_has_its_own_past_closures_and_layers_among_them() -> None:
    now, before = fleet(3), fleet()
    past, carried = past_of(now, [before[0], pushed(before[1])], REQUEST)
    assert {key for layer in carried for key in layer.images} == set(keys(now))
    assert past.assumed == ("churn", REQUEST.max_layers)
    assert len(past.closures) == 1


def test_the_past_tells_what_changes() -> None:
    now = fleet(2)
    past, _ = past_of(now, [*fleet(), *fleet(2), *fleet()], REQUEST)
    union = Ground.of(now, REQUEST).union
    told, guessed = ChangeModel.of(union, past.closures), ChangeModel.of(union)
    at = union.index[now[0].closure.paths[now[0].closure.roots[0]]]
    assert told.scenarios.chances[at] > guessed.scenarios.chances[at]
    still = union.index[now[1].closure.paths[now[1].closure.roots[0]]]
    assert np.all(told.scenarios.chances[still] < guessed.scenarios.chances[still])
