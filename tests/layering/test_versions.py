"""Which path of an earlier version each path comes from."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.layering.versions import (
    Change,
    Home,
    changes,
    homes,
    layer_before,
    names,
    names_of,
    origins,
    parts,
    resolved,
)
from nixdive.store.path import PathGraph, PathInfo, StorePath
from tests.layering.made import store_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAMES = st.tuples(
    st.sampled_from(["a", "a-b", "lib1", "lib2", "lib13", "python3.11-x", "python3.12-x"]),
    st.sampled_from(["", "-1", "-1.0", "-1.01", "-1.1", "-1.10", "-2.0", "-2.0pre3", "-3.0.14"]),
    st.sampled_from(["", "-bin", "-lib"]),
).map("".join)


def came(old: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """From which of these names each of those comes, where every hash is a new one; no name twice."""
    before = [store_path(name, i) for i, name in enumerate(old)]
    after = [store_path(name, 900 + i) for i, name in enumerate(new)]
    return {path.name: was.name for path, was in origins(after, before).items()}


@st.composite
def two_versions(draw: st.DrawFn) -> tuple[list[StorePath], list[StorePath]]:
    """An earlier version and a later one, which have some paths in common."""
    old = [store_path(name, i) for i, name in enumerate(draw(st.lists(NAMES, max_size=12)))]
    stay = [path for path in old if draw(st.booleans())]
    new = [store_path(name, 100 + i) for i, name in enumerate(draw(st.lists(NAMES, max_size=12)))]
    return old, draw(st.permutations(stay + new))


@pytest.mark.parametrize("hashes", list(permutations(range(3))))
def test_the_newest_comes_from_the_newest_whatever_the_hashes(hashes: Sequence[int]) -> None:
    paths = [
        store_path(f"openssl-{version}", number)
        for version, number in zip(("1.1.1w", "3.0.14", "3.0.15"), hashes, strict=True)
    ]
    assert origins(paths[2:], paths[:2]) == {paths[2]: paths[1]}
    assert origins(paths[::2], paths[:2]) == {paths[0]: paths[0], paths[2]: paths[1]}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(["x-9.0", "x-10.0"], ["x-11.0"], {"x-11.0": "x-10.0"}, id="two and one: the newest"),
        pytest.param(
            ["x-1.1.1w", "x-3.0.14"], ["x-1.1.1x"], {"x-1.1.1x": "x-1.1.1w"}, id="two and one: the series"
        ),
        pytest.param(["x-1.1"], ["x-2.0", "x-3.0"], {"x-3.0": "x-1.1"}, id="one and two: the newest"),
        pytest.param(["x-3.0.14"], ["x-1.1.1w", "x-3.0.15"], {"x-3.0.15": "x-3.0.14"}, id="an old one joins"),
        pytest.param(["x-3.0.14"], ["x-3.0.15", "x-4.0"], {"x-3.0.15": "x-3.0.14"}, id="a new one joins"),
        pytest.param(
            ["x-1.1", "x-1.9", "x-2.5"],
            ["x-1.2", "x-1.10", "x-2.6"],
            {"x-1.2": "x-1.1", "x-1.10": "x-1.9", "x-2.6": "x-2.5"},
            id="all of them",
        ),
        pytest.param(
            ["x-5.1", "x-5.2"], ["x-5.2", "x-5.3"], {"x-5.2": "x-5.2", "x-5.3": "x-5.1"}, id="one is rebuilt"
        ),
        pytest.param(["x-1", "x-1.01"], ["x-1.1"], {"x-1.1": "x-1.01"}, id="odd ways to write a version"),
        pytest.param(["x-1.0", "x-1.00"], ["x-1.00"], {"x-1.00": "x-1.00"}, id="the same way comes first"),
        pytest.param(["x"], ["x-1"], {"x-1": "x"}, id="no version before"),
        pytest.param(
            ["x-1-bin", "x-1"], ["x-2", "x-2-bin"], {"x-2": "x-1", "x-2-bin": "x-1-bin"}, id="outputs"
        ),
        pytest.param(["x-1"], ["x-2-doc"], {}, id="another output"),
        pytest.param(["x-1"], ["y-1"], {}, id="another package"),
    ],
)
def test_of_one_package(old: list[str], new: list[str], expected: dict[str, str]) -> None:
    assert came(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (["libpoppler126-22"], ["libpoppler140-25"], {"libpoppler140-25": "libpoppler126-22"}),
        (["python3.11-x-3"], ["python3.12-x-3"], {"python3.12-x-3": "python3.11-x-3"}),
        (["lib1-9", "lib2-1"], ["lib3-1"], {"lib3-1": "lib2-1"}),
        (["lib1-9", "lib2-1"], ["lib1-8", "lib3-1"], {"lib1-8": "lib1-9", "lib3-1": "lib2-1"}),
        (["lib1-1"], ["libx-1"], {}),
        (["lib-1"], ["lib2-1"], {}),
        (["lib1-1-bin"], ["lib2-1"], {}),
    ],
)
def test_names_with_other_numbers(old: list[str], new: list[str], expected: dict[str, str]) -> None:
    assert came(old, new) == expected
    strict = origins(
        [store_path(name, 900 + i) for i, name in enumerate(new)],
        [store_path(name, i) for i, name in enumerate(old)],
        renamed=False,
    )
    assert all(path.lineage == was.lineage for path, was in strict.items())


def test_a_version_that_stays_is_not_taken_by_one_that_joins_it() -> None:
    old, new = store_path("x-3.0.14", 1), store_path("x-3.0.15", 2)
    assert origins([old, new], [old]) == {old: old}
    rebuilt = store_path("x-3.0.14", 3)
    assert origins([old, rebuilt], [old]) == {old: old}


@given(two_versions())
def test_each_earlier_path_is_taken_once_and_who_stays_is_himself(
    versions: tuple[list[StorePath], list[StorePath]],
) -> None:
    old, new = versions
    found = origins(new, old)
    assert len(set(found.values())) == len(found)
    assert found.keys() <= set(new)
    assert set(found.values()) <= set(old)
    for path in set(old).intersection(new):
        assert found[path] == path


@given(two_versions())
def test_as_many_as_can_come_from_one_do(versions: tuple[list[StorePath], list[StorePath]]) -> None:
    old, new = versions
    found = origins(new, old)
    fresh = [path for path in new if path not in found]
    gone = set(old).difference(found.values())
    assert {path.lineage for path in fresh}.isdisjoint(path.lineage for path in gone)


@given(two_versions())
def test_swapped_versions_have_swapped_pairs(versions: tuple[list[StorePath], list[StorePath]]) -> None:
    old, new = versions
    assert origins(old, new) == {was: path for path, was in origins(new, old).items()}


def renumbered(paths: Iterable[StorePath], hashes: Sequence[int]) -> dict[StorePath, StorePath]:
    return {path: store_path(path.name, hashes[int(path.hash_part)]) for path in paths}


@given(two_versions(), st.permutations(range(200)))
def test_hashes_decide_nothing_but_between_paths_of_one_name(
    versions: tuple[list[StorePath], list[StorePath]], hashes: Sequence[int]
) -> None:
    old, new = versions
    other = renumbered({*old, *new}, hashes)
    found, again = origins(new, old), origins([other[path] for path in new], [other[path] for path in old])
    assert sorted((path.name, was.name) for path, was in found.items()) == sorted(
        (path.name, was.name) for path, was in again.items()
    )


@given(two_versions(), st.randoms(use_true_random=False))
def test_the_order_does_not_matter(versions: tuple[list[StorePath], list[StorePath]], dice: object) -> None:
    old, new = versions
    found = origins(new, old)
    dice.shuffle(old)  # type: ignore[attr-defined]
    assert origins(reversed(new), old) == found


def test_versions_sort_as_they_follow_each_other() -> None:
    versions = [
        "", "-1", "0.9", "1.0-alpha2", "1.0-beta", "1.0pre3", "1.0pre12", "1.0~rc1", "1.0", "1.0-1", "1.0.1",
        "1.0.9", "1.0.10", "1.0a", "1.0w", "1.1.1w", "3.0.14", "10",
    ]  # fmt: skip
    backwards = versions[::-1]
    assert sorted(backwards, key=parts) == versions


@given(st.lists(st.text("0123456789.-rcpe", max_size=8), min_size=2, max_size=6, unique=True))
def test_any_versions_can_be_ordered(versions: list[str]) -> None:
    assert len({parts(version) for version in versions}) == len(versions)
    assert sorted(map(parts, versions)) == sorted(sorted(map(parts, versions), reverse=True))


# names


def named(*what: str) -> tuple[str, ...]:
    return names([store_path(name, i) for i, name in enumerate(what)])


def test_a_name_is_package_and_output() -> None:
    assert named("openssl-3.0.14", "openssl-3.0.14-bin", "hello", "glibc-2.40-66-dev") == (
        "openssl",
        "openssl-bin",
        "hello",
        "glibc-dev",
    )


def test_several_of_a_package_have_their_versions() -> None:
    assert named("x-1.9", "x-1.10", "x-1.10-bin") == ("x@1.9", "x@1.10", "x-bin")
    assert named("x-2-bin", "x-3-bin") == ("x-bin@2", "x-bin@3")
    assert named("x", "x-1") == ("x@", "x@1")


def test_several_of_a_version_are_numbered() -> None:
    assert named("source", "source", "source") == ("source#3", "source#2", "source")
    assert named("x-1", "x-1", "x-2") == ("x@1#2", "x@1", "x@2")


@given(st.lists(NAMES, max_size=20), st.randoms(use_true_random=False))
def test_no_two_names_are_alike_and_the_order_does_not_matter(what: list[str], dice: object) -> None:
    paths = [store_path(name, i) for i, name in enumerate(what)]
    found = dict(zip(paths, names(paths), strict=True))
    assert len(set(found.values())) == len(paths)
    dice.shuffle(paths)  # type: ignore[attr-defined]
    assert dict(zip(paths, names(paths), strict=True)) == found


@given(st.lists(NAMES, max_size=12))
def test_names_of_a_version_lead_back_to_its_paths(what: list[str]) -> None:
    paths = [store_path(name, i) for i, name in enumerate(what)]
    assert origins(paths, names(paths)) == dict(zip(paths, names(paths), strict=True))
    assert origins(names(paths), paths) == dict(zip(names(paths), paths, strict=True))


@given(
    st.lists(NAMES.filter(lambda name: store_path(name, 0).release), max_size=12),
    st.lists(NAMES, max_size=12),
)
def test_names_with_versions_say_as_much_as_paths(before: list[str], after: list[str]) -> None:
    """Where each lineage is there twice, so that all names have their version."""
    old = [store_path(name, i) for i, name in enumerate(before * 2)]
    new = [store_path(name, i + 500) for i, name in enumerate(after)]
    known = dict(zip(names(old), old, strict=True))
    by_name = sorted((path.name, known[name].name) for path, name in origins(new, names(old)).items())
    assert by_name == sorted((path.name, was.name) for path, was in origins(new, old).items())


@given(st.lists(NAMES, max_size=12, unique=True), st.permutations(range(100)))
def test_a_rebuild_renames_nothing(what: list[str], hashes: Sequence[int]) -> None:
    old = [store_path(name, 100 + i) for i, name in enumerate(what)]
    new = [store_path(name, number) for name, number in zip(what, hashes, strict=False)]
    assert names(new) == names(old)
    assert origins(new, old) == dict(zip(new, old, strict=True))
    assert origins(new, names(old)) == dict(zip(new, names(new), strict=True))


@given(
    st.lists(
        NAMES.filter(lambda name: "1" in name),
        max_size=12,
        unique_by=lambda name: store_path(name, 1).lineage,
    )
)
def test_an_update_of_single_packages_renames_nothing(what: list[str]) -> None:
    old = [store_path(name, 100 + i) for i, name in enumerate(what)]
    new = [
        store_path(f"{path.package}-9.9{path.lineage[len(path.package) :]}", i) for i, path in enumerate(old)
    ]
    assert names(new) == names(old) == tuple(path.lineage for path in old)
    assert origins(new, names(old)) == dict(zip(new, names(new), strict=True))


def test_names_of_a_plan() -> None:
    paths = [store_path("x-1.10", 1), store_path("x-1.9", 2), store_path("y-1-lib", 3)]
    assert names_of(paths, [paths[1:], paths[:1]]) == (("x@1.9", "y-lib"), ("x@1.10",))
    assert names_of(iter(paths), [[]]) == ((),)


def test_an_older_version_keeps_its_name_when_a_newer_one_joins() -> None:
    old = [store_path("x-1.0", 1), store_path("x-2.0", 2)]
    new = [store_path("x-1.1", 3), store_path("x-2.1", 4), store_path("x-3.0", 5)]
    assert origins(new, names(old)) == {new[0]: "x@1.0", new[1]: "x@2.0"}


def test_names_of_before_are_understood() -> None:
    """Plan files have had numbers counted from the newest in place of versions."""
    new = [store_path("x-1.1", 3), store_path("x-2.1", 4)]
    assert origins(new, ["x#2", "x"]) == {new[0]: "x#2", new[1]: "x"}
    assert origins(new[1:], ["x#2", "x"]) == {new[1]: "x"}
    assert origins(new, ["x@2.0", "x"]) == {new[0]: "x", new[1]: "x@2.0"}


def test_odd_names_are_nobody() -> None:
    odd = ["/", "/nix/store", "", "#2", "@", "x#" + "9" * 5000, "y@" + "9" * 5000, "/x/y/z"]
    assert origins([store_path("z-1", 1)], odd) == {}
    assert origins([store_path("y-1", 1)], odd) == {store_path("y-1", 1): odd[6]}
    assert origins([], odd) == {}


def test_names_are_resolved_by_an_earlier_version() -> None:
    """So that the one that was there keeps its place although the name says nothing of its version."""
    old, joined = store_path("x-1.0", 1), store_path("x-2.0", 2)
    layers = (("x", "gone"), (str(joined),))
    assert resolved(layers, [old]) == ((old, "gone"), (joined,))
    assert resolved(layers, []) == layers
    both = closure_with([old, joined])
    assert homes(both, [["x"]]) == {both.index[joined]: Home(0, 0)}
    assert homes(both, resolved([["x"]], [old])) == {both.index[old]: Home(0, 0)}


# where they lay


def closure_with(paths: Sequence[StorePath]) -> Closure:
    return Closure.of(PathGraph("made up", tuple(PathInfo(path, 1, ()) for path in paths)))


def test_homes_are_those_of_the_origins() -> None:
    old = [store_path("x-1.0", 1), store_path("x-3.0", 2)]
    new = [store_path("x-1.1", 3), old[1], store_path("y-1", 4)]
    closure = closure_with(new)
    first, second, third = map(closure.index.__getitem__, new)
    assert homes(closure, [[old[0]], [old[1]]]) == {first: Home(0, 0), second: Home(1, 0)}
    by_name = [["y", "x@1.0"], ["x@3.0"]]
    assert homes(closure, by_name) == {first: Home(0, 1), second: Home(1, 0), third: Home(0, 0)}
    assert homes(closure, []) == homes(closure_with([]), [["x"]]) == {}
    assert homes(closure, [[old[1]], [old[0]]]) == {first: Home(1, 0), second: Home(0, 0)}


@given(two_versions(), st.integers(1, 4), st.booleans())
def test_no_two_paths_have_one_home(
    versions: tuple[list[StorePath], list[StorePath]],
    count: int,
    by_name: bool,  # noqa: FBT001  hypothesis gives it
) -> None:
    old, new = versions
    layers = [old[at::count] for at in range(count)]
    closure = closure_with(new)
    found = homes(closure, names_of(old, layers) if by_name else layers)
    assert len(set(found.values())) == len(found)
    if not by_name:
        assert {closure.paths[i]: layers[home.layer][home.place] for i, home in found.items()} == origins(
            new, old
        )


def test_the_layer_before_is_the_one_that_most_come_from() -> None:
    old = [store_path(f"{name}-1", i) for i, name in enumerate("abcd")]
    new = [store_path(f"{name}-2", i + 9) for i, name in enumerate("abcde")]
    pairs = origins(new, old)
    layer_of = {old[0]: 4, old[1]: 2, old[2]: 2}
    assert layer_before(new, pairs, layer_of) == (2, 2)
    assert layer_before(new[:2], pairs, layer_of) == (2, 1), "the lowest of several"
    assert layer_before(new[3:], pairs, layer_of) is None


# what changed


def path(letter: str, name: str) -> StorePath:
    return StorePath(f"/nix/store/{letter * 32}-{name}")


def test_changes_by_name() -> None:
    old = {
        path("a", "openssl-3.0.1"): 10,
        path("b", "openssl-3.0.1-bin"): 3,
        path("c", "gone-1"): 4,
        path("d", "same-1"): 9,
        path("k", "libpoppler126-22"): 5,
    }
    new = {
        path("h", "openssl-3.0.2"): 12,
        path("f", "openssl-3.0.1-bin"): 3,
        path("g", "new-1"): 1,
        path("d", "same-1"): 9,
        path("j", "libpoppler140-25"): 7,
    }
    found = changes(old, new)
    assert found.added == (path("g", "new-1"),)
    assert found.removed == (path("c", "gone-1"),)
    assert found.changed == (
        Change(path("k", "libpoppler126-22"), path("j", "libpoppler140-25"), 2),
        Change(path("b", "openssl-3.0.1-bin"), path("f", "openssl-3.0.1-bin"), 0),
        Change(path("a", "openssl-3.0.1"), path("h", "openssl-3.0.2"), 2),
    )
    assert [one.name for one in found.changed] == ["libpoppler140", "openssl-bin", "openssl"]
    assert [one.words("->") for one in found.changed] == [
        "libpoppler126-22 -> 25",
        "3.0.1-bin rebuilt",
        "3.0.1 -> 3.0.2",
    ]
    assert changes({}, {}) == changes(old, old)
    assert Change(path("a", "script"), path("b", "script"), 0).words("->") == "rebuilt"


def test_several_versions_at_once() -> None:
    old = {path("a", "llvm-9.0"): 1, path("b", "llvm-10.0"): 2}
    new = {path("c", "llvm-11.0"): 4}
    found = changes(old, new)
    assert found.changed == (Change(path("b", "llvm-10.0"), path("c", "llvm-11.0"), 2),)
    assert found.removed == (path("a", "llvm-9.0"),)
