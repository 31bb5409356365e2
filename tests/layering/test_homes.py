"""Where paths lay in an earlier version."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.homes import Home, homes, names_of
from nixdive.store.path import StorePath
from tests.layering.made import store_path


def lay(new: list[str], *layers: list[str]) -> dict[str, tuple[int, int]]:
    """Where paths of these names lie whose hashes are all new; layers as names that stay."""
    paths = [store_path(name, 900 + i) for i, name in enumerate(new)]
    return {new[i]: (home.layer, home.place) for i, home in homes(paths, layers).items()}


def test_the_same_store_path_comes_first() -> None:
    old = [store_path("x-1.0", 1), store_path("x-2.0", 2)]
    assert homes(old, [[old[1]], [old[0]]]) == {0: Home(1, 0), 1: Home(0, 0)}
    joined = [*old, store_path("x-3.0", 3)]
    assert homes(joined, [[old[1]], [old[0]]]) == {0: Home(1, 0), 1: Home(0, 0)}, "3.0 is new"


def test_the_lineage_comes_second() -> None:
    assert lay(["openssl-3.1", "openssl-3.1-bin", "new-1"], ["openssl-bin"], ["zlib", "openssl"]) == {
        "openssl-3.1": (1, 1),
        "openssl-3.1-bin": (0, 0),
    }


def test_numbers_in_the_name_come_third() -> None:
    assert lay(["libpoppler140-24.1", "python3.12-flask-3"], ["libpoppler126", "python3.11-flask"]) == {
        "libpoppler140-24.1": (0, 0),
        "python3.12-flask-3": (0, 1),
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["lib1", "lib2"], ["lib3-1"]),
        (["lib1"], ["lib2-1", "lib3-1"]),
        (["lib1"], ["libx-1"]),
        (["lib"], ["lib2-1"]),
    ],
)
def test_what_may_be_either_is_neither(old: list[str], new: list[str]) -> None:
    assert lay(new, old) == {}


def test_who_is_there_is_not_in_doubt() -> None:
    """Lib1 stays, so that lib3 can only be lib2."""
    assert lay(["lib1-2", "lib3-2"], ["lib1", "lib2"]) == {"lib1-2": (0, 0), "lib3-2": (0, 1)}


def test_several_versions_at_once() -> None:
    assert lay(["x-1.2", "x-3.1"], ["x#2"], ["x"]) == {"x-1.2": (0, 0), "x-3.1": (1, 0)}


def test_store_paths_as_layers_have_lineages_too() -> None:
    """That one of two versions is still the same path does not make the other one the newest."""
    old = [store_path("x-1.0", 1), store_path("x-3.0", 2)]
    new = [store_path("x-1.1", 3), old[1]]
    assert homes(new, [[old[0]], [old[1]]]) == {0: Home(0, 0), 1: Home(1, 0)}


def test_names_of_a_plan() -> None:
    paths = [store_path("x-1.10", 1), store_path("x-1.9", 2), store_path("y-1-lib", 3)]
    assert names_of(paths, [paths[1:], paths[:1]]) == (("x#2", "y-lib"), ("x",))
    assert names_of(iter(paths), [[]]) == ((),)


@given(
    st.lists(st.sampled_from(["a-1", "a-2", "a-2-bin", "lib1-1", "lib2-1", "b", "b-1"]), max_size=12),
    st.lists(st.sampled_from(["a-1", "a-3", "a-2-bin", "lib1-1", "lib3-1", "b"]), max_size=12),
    st.integers(1, 4),
    st.booleans(),
)
def test_no_two_paths_have_one_home(old: list[str], new: list[str], count: int, named: bool) -> None:  # noqa: FBT001  hypothesis gives it
    before = [store_path(name, i) for i, name in enumerate(old)]
    after = [store_path(name, i + 5) for i, name in enumerate(new)]
    layers = [before[at::count] for at in range(count)]
    shown = names_of(before, layers) if named else layers
    found = homes(after, shown)
    assert len(set(found.values())) == len(found)
    for i, (layer, place) in found.items():
        lain = layers[layer][place]
        assert lain == after[i] or lain.package[:1] == after[i].package[:1]
    if not named:
        for i, path in enumerate(after):
            if path in before:
                layer, place = found[i]
                assert layers[layer][place] == path


def test_odd_names_are_nobody() -> None:
    assert homes([store_path("x-1", 1)], [["/", "/nix/store", "", "#2", "/x/y/z"]]) == {}
    assert homes([], [["x"]]) == {}
    assert homes([StorePath(store_path("x-1", 1))], []) == {}
