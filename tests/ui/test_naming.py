from __future__ import annotations

import pytest

from nixdive.closure.closure import Closure
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.store.path import PathGraph, PathInfo
from nixdive.ui.draw.line import plain, width
from nixdive.ui.naming import ambiguous, layer_name, layer_names, path_label
from tests.small import path


def test_a_layer_is_called_by_its_pin_or_its_largest(closure: Closure) -> None:
    plan = solve(closure, PlanRequest("single", 3, (Pin("data", "bulk"),)))
    assert [layer_name(layer, closure) for layer in plan.layers] == ["bulk", "libc"]


@pytest.mark.parametrize("cells", range(8, 60))
def test_names_of_a_layer_keep_to_their_room(closure: Closure, cells: int) -> None:
    for pins in ((), (Pin("*", "everything-there-is"),)):
        (layer,) = solve(closure, PlanRequest("single", 3, pins)).layers
        assert width(layer_names(layer, closure, cells)) <= cells


def test_names_say_how_many_more_there_are(closure: Closure) -> None:
    (layer,) = solve(closure, PlanRequest("single", 3)).layers
    assert plain(layer_names(layer, closure, 30)) == "libc, data, lib +2"
    assert plain(layer_names(layer, closure, 12)) == "libc +4"
    assert plain(layer_names(layer, closure, 5)) == "libc", "a whole name counts for more"


def test_a_version_is_shown_whole_or_not_at_all() -> None:
    assert plain(path_label(path("libc-2.39"), 9, "text")) == "libc-2.39"
    assert plain(path_label(path("libc-2.39"), 8, "text")) == "libc"
    assert plain(path_label(path("libc-2.39"), 20, "text", hashes=True)) == "lllllll-libc-2.39"


@pytest.mark.parametrize(
    ("cells", "shown", "with_hash", "where_alike"),
    [
        (40, "openssl-3.0.14-bin", "lllllll-openssl-3.0.14-bin", "lllllll-openssl-3.0.14-bin"),
        (26, "openssl-3.0.14-bin", "lllllll-openssl-3.0.14-bin", "lllllll-openssl-3.0.14-bin"),
        (25, "openssl-3.0.14-bin", "openssl-3.0.14-bin", "lllllll-openssl-bin"),
        (18, "openssl-3.0.14-bin", "openssl-3.0.14-bin", "openssl-3.0.14-bin"),
        (17, "openssl-bin", "openssl-bin", "openssl-bin"),
        (10, "opens…-bin", "opens…-bin", "opens…-bin"),
        (8, "openssl…", "openssl…", "openssl…"),
    ],
)
def test_an_output_belongs_to_the_name_and_the_hash_goes_first(
    cells: int, shown: str, with_hash: str, where_alike: str
) -> None:
    one = type(path("x"))(f"/nix/store/{'l' * 32}-openssl-3.0.14-bin")
    assert plain(path_label(one, cells, "text")) == shown
    assert plain(path_label(one, cells, "text", hashes=True)) == with_hash
    assert plain(path_label(one, cells, "text", alike=True)) == where_alike


def test_only_names_that_are_alike_are_ambiguous() -> None:
    a, b, c = path("lib-1"), type(path("x"))(f"/nix/store/{'z' * 32}-lib-1"), path("app-1")
    closure = Closure.of(PathGraph("x", tuple(PathInfo(one, 1, ()) for one in (a, b, c))))
    found = dict(zip(closure.paths, ambiguous(closure), strict=True))
    assert found == {a: True, b: True, c: False}
