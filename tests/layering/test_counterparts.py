from __future__ import annotations

from nixdive.layering.counterparts import counterparts, homes
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.store.path import StorePath


def path(letter: str, name: str) -> StorePath:
    return StorePath(f"/nix/store/{letter * 32}-{name}")


def plan(*layers: tuple[StorePath, ...]) -> LayerPlan:
    made = tuple(Layer(LayerKind.STORE, one, 1, "test") for one in layers)
    return LayerPlan(PlanRequest("each"), made)


GIT1, GIT2 = path("a", "git-2.39"), path("b", "git-2.40")
LIB, NEW, OLD = path("c", "lib-1"), path("d", "new-1"), path("f", "old-1")


def test_a_path_comes_from_the_one_of_its_package() -> None:
    assert counterparts([GIT2, LIB, NEW], [GIT1, LIB, OLD]) == {GIT2: GIT1, LIB: LIB}


def test_a_path_that_stays_is_its_own_and_the_same_name_comes_before_the_same_package() -> None:
    other, again = path("g", "git-2.39"), path("h", "git-2.41")
    assert counterparts([GIT1, GIT2], [GIT1, other]) == {GIT1: GIT1, GIT2: other}
    assert counterparts([GIT2, other], [again, GIT1]) == {other: GIT1, GIT2: again}


def test_no_old_path_is_taken_twice() -> None:
    assert len(counterparts([GIT2, path("g", "git-2.41")], [GIT1])) == 1


def test_outputs_are_packages_of_their_own() -> None:
    assert counterparts([path("g", "git-2.40-doc")], [GIT1]) == {}


def test_what_is_gone_is_told_by_the_layer_that_took_in_its_neighbours() -> None:
    now = plan((LIB,), (GIT2,), (NEW,))
    before = plan((GIT1, OLD), (LIB,))
    assert homes(now, before, counterparts(now.layer_of(), before.layer_of())) == {OLD: 1}
    alone = plan((OLD,), (GIT1, LIB))
    assert homes(now, alone, counterparts(now.layer_of(), alone.layer_of())) == {OLD: 2}
