"""Plans of fleets that are kept in a file and carried to later versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.fleet.carry import carried_layers, named_layers
from nixdive.layering.fleet.image import FleetImage, keys
from nixdive.layering.fleet.past import past_of, versions
from nixdive.layering.fleet.plan import push_of
from nixdive.layering.fleet.solve import solve_fleet
from nixdive.layering.plan import problems
from nixdive.layering.planfile import SEVERAL_IMAGES, PlannedLayer, read_plan_file
from nixdive.layering.planwriter import write_plan_file
from nixdive.layering.request import Pin, PlanRequest
from tests import openssl
from tests.examples import examples
from tests.layering.fleet.fleets import fleets, image, paths_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nixdive.closure.closure import Closure
    from nixdive.layering.fleet.plan import FleetPlan

APPS = ("flaskapp", "media", "postgres", "redis", "toolbox")


@pytest.fixture(scope="module")
def debstore(closure_named: Callable[[str], Closure]) -> list[tuple[FleetImage, ...]]:
    return [
        tuple(FleetImage(app, closure_named(f"debstore-{app}-{version}.path-info.json.gz")) for app in APPS)
        for version in ("v1", "v2")
    ]


def kept(plan: FleetPlan, file: Path) -> Sequence[PlannedLayer]:
    write_plan_file(file, SEVERAL_IMAGES, plan.request, named_layers(plan))
    return read_plan_file(file, SEVERAL_IMAGES, "churn").layers


def layers(plan: FleetPlan) -> set[tuple[object, object]]:
    return {(layer.paths, layer.images) for layer in plan.layers}


def test_the_same_version_keeps_its_layers(debstore: list[tuple[FleetImage, ...]], tmp_path: Path) -> None:
    request = PlanRequest("churn", 20, (Pin("libc6", "base"),))
    plan = solve_fleet(debstore[0], request).plan
    carried = kept(plan, tmp_path / "plan.toml")
    assert layers(solve_fleet(debstore[0], request, carried=carried).plan) == layers(plan)


def test_the_next_version_pushes_less_than_planned_anew(
    debstore: list[tuple[FleetImage, ...]], tmp_path: Path
) -> None:
    before, after = debstore
    request = PlanRequest("churn", 20)
    first = solve_fleet(before, request).plan
    carried = kept(first, tmp_path / "plan.toml")
    past, last = past_of(after, before, request, carried)
    assert past.pushed == {layer.paths for layer in first.layers}
    assert len(past.closures) == 1
    assert last == past_of(after, before, request)[1], "a plan that was kept is the one made again"
    assert kept(first, tmp_path / "again.toml") == carried
    stays = push_of(solve_fleet(after, request, past, carried).plan, past.pushed)
    anew = push_of(solve_fleet(after, request, past).plan, past.pushed)
    assert stays.push_bytes < anew.push_bytes
    assert stays.layers_reused > anew.layers_reused


def test_an_image_that_is_new_uses_the_layers_that_it_can(
    debstore: list[tuple[FleetImage, ...]], tmp_path: Path
) -> None:
    request = PlanRequest("churn", 20)
    first = solve_fleet(debstore[0][:4], request).plan
    carried = kept(first, tmp_path / "plan.toml")
    plan = solve_fleet(debstore[0], request, carried=carried).plan
    assert {layer.paths for layer in first.layers} <= {layer.paths for layer in plan.layers}
    assert any(4 in layer.images and len(layer.images) > 1 for layer in plan.layers)


@examples(40)
@given(fleets(), fleets(), st.integers(1, 5))
def test_a_plan_can_be_carried_to_any_fleet(
    before: tuple[FleetImage, ...], after: tuple[FleetImage, ...], budget: int
) -> None:
    request = PlanRequest("churn", budget)
    first = solve_fleet(before, request).plan
    carried = [
        PlannedLayer(
            tuple(path.lineage for path in layer.paths), tuple(sorted(first.keys[i] for i in layer.images))
        )
        for layer in first.layers
    ]
    plan = solve_fleet(after, request, carried=carried).plan
    for number, one in enumerate(after):
        assert problems(one.closure, plan.plan_of(number, one)) == []


def test_only_what_changed_is_pushed() -> None:
    sizes, needs = [10, 20, 30, 40, 50], [[], [], [0], [0, 2], [1]]
    before, after = paths_of(sizes, needs), paths_of(sizes, needs, changed=[3])
    fleet = [
        [image("one", infos, [infos[3].path]), image("two", infos, [infos[4].path])]
        for infos in (before, after)
    ]
    request = PlanRequest("churn")
    first = solve_fleet(fleet[0], request).plan
    carried = [
        PlannedLayer(tuple(p.lineage for p in one.paths), tuple(first.keys[i] for i in one.images))
        for one in first.layers
    ]
    plan = solve_fleet(fleet[1], request, carried=carried).plan
    assert push_of(plan, {layer.paths for layer in first.layers}) == (40, 4, 1)


def test_images_of_one_name_have_a_number() -> None:
    infos = paths_of([10, 20], [[], [0]])
    one = image("one", infos, [infos[1].path])
    assert keys([one, one, FleetImage("two", one.closure, stem="shop")]) == ("package1", "package1#2", "shop")


def test_a_plan_file_holds_what_was_asked_for(tmp_path: Path) -> None:
    infos = paths_of([10, 20], [[], [0]])
    fleet = [image("one", infos, [infos[1].path]), image("two", infos, [infos[0].path])]
    request = PlanRequest(
        "churn", 7, (Pin("package1", 'the "top"'),), (infos[0].path,), rates=(("package1", 0.5),)
    )
    file = tmp_path / "plan.toml"
    kept(solve_fleet(fleet, request).plan, file)
    assert read_plan_file(file, SEVERAL_IMAGES, "nixpkgs").request == request


@openssl.ORDERS
def test_the_newest_takes_the_place_of_the_newest(order: str, tmp_path: Path) -> None:
    older, old = openssl.olds(order)
    earlier = FleetImage("one", openssl.before(order))
    now = FleetImage("one", openssl.now())
    layers = (PlannedLayer((older, openssl.DATA), ("app",)), PlannedLayer((old,), ("app",)))
    first = solve_fleet([earlier], PlanRequest("churn", 2), carried=layers).plan
    assert (old,) in {tuple(path for path in layer.paths if path.package != "app") for layer in first.layers}
    for carried in (carried_layers(first), kept(first, tmp_path / "plan.toml")):
        plan = solve_fleet([now], PlanRequest("churn", 2), carried=carried).plan
        laid = {tuple(path.package for path in layer.paths if path.package != "app") for layer in plan.layers}
        assert laid == {("data",), ("openssl",)}


def test_images_of_one_package_keep_their_layers_when_a_newer_one_joins() -> None:
    def shop(letter: str, version: str) -> FleetImage:
        return FleetImage(version, openssl.closure_of(openssl.path(letter, f"shop-{version}")))

    old = [shop("a", "1.4"), shop("b", "2.0")]
    new = [shop("c", "1.5"), shop("d", "2.1"), shop("f", "3.0")]
    assert keys(old) == ("shop@1.4", "shop@2.0")
    assert versions(new, old) == ((old[0], old[1], new[2]),)
    apart = [
        PlannedLayer((image.closure.paths[0],), (key,)) for image, key in zip(old, keys(old), strict=True)
    ]
    both = PlannedLayer((openssl.DATA,), keys(old))
    plan = solve_fleet(new, PlanRequest("churn", 2), carried=[*apart, both]).plan
    found = {layer.paths[0].name: (set(layer.images), layer.reason) for layer in plan.layers}
    assert found == {
        "data-1": ({0, 1, 2}, "kept from the earlier plan"),
        "shop-1.5": ({0}, "kept from the earlier plan"),
        "shop-2.1": ({1}, "kept from the earlier plan"),
        "shop-3.0": ({2}, "new: 1 path"),
    }
