"""Earlier versions of the images of a fleet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.change.model import ChangeModel
from nixdive.layering.fleet.ground import Ground
from nixdive.layering.fleet.past import past_of, versions
from nixdive.layering.plan import Frame
from nixdive.layering.request import PlanRequest
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


def test_the_past_tells_what_changes() -> None:
    now = fleet(2)
    past, _ = past_of(now, [*fleet(), *fleet(2), *fleet()], REQUEST)
    union = Ground.of(now, REQUEST).union
    told, guessed = ChangeModel.of(union, past.closures), ChangeModel.of(union)
    at = union.index[now[0].closure.paths[now[0].closure.roots[0]]]
    assert told.scenarios.chances[at] > guessed.scenarios.chances[at]
    still = union.index[now[1].closure.paths[now[1].closure.roots[0]]]
    assert np.all(told.scenarios.chances[still] < guessed.scenarios.chances[still])
