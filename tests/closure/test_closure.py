"""The closure: checked once, in one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.errors import MalformedGraphError, UnknownPathError
from nixdive.store.path import PathGraph, PathInfo, StorePath
from tests.closure.graphs import closures, graph, path

if TYPE_CHECKING:
    import random


def test_arrows_by_index_without_those_to_itself() -> None:
    closure = Closure.of(graph({2: [2], 0: [2, 0, 1, 2], 1: [1, 2]}, {0: 5, 1: 7, 2: 9}))
    assert closure.paths == (path(0), path(1), path(2))
    assert closure.references == ((1, 2), (2,), ())
    assert closure.referrers == ((), (0,), (0, 1))
    assert closure.roots == (0,)
    assert (closure.nar_sizes, closure.nar_size, len(closure)) == ((5, 7, 9), 21, 3)
    assert closure.topological == (2, 1, 0)
    assert closure.find(path(1)) == 1


def test_roots_that_were_named() -> None:
    assert Closure.of(graph({0: [1], 1: [], 2: []}, roots=[1, 2, 1])).roots == (1, 2)
    assert Closure.of(graph({0: [1], 1: [], 2: []})).roots == (0, 2)
    with pytest.raises(MalformedGraphError, match=f"drawn: {path(7)}: it was asked for, but is not listed"):
        Closure.of(graph({0: []}, roots=[7]))


def test_unknown_path() -> None:
    with pytest.raises(UnknownPathError, match=f"drawn: {path(7)} is not in the closure"):
        Closure.of(graph({0: []})).find(path(7))


def test_missing_reference() -> None:
    with pytest.raises(MalformedGraphError) as caught:
        Closure.of(graph({0: [1], 1: [7]}))
    assert str(caught.value) == f"drawn: {path(1)}: it refers to {path(7)}, which is not listed"
    assert caught.value.hint


@pytest.mark.parametrize("size", [1, 2])
def test_path_that_is_listed_twice(size: int) -> None:
    infos = (PathInfo(path(0), 1, ()), PathInfo(path(1), 1, ()), PathInfo(path(0), size, ()))
    with pytest.raises(MalformedGraphError) as caught:
        Closure.of(PathGraph("x", infos))
    assert str(caught.value) == f"x: {path(0)}: it is listed twice"


@pytest.mark.parametrize(
    ("arrows", "walk"),
    [
        ({0: [1], 1: [0]}, "p0 -> p1 -> p0"),
        ({0: [1], 1: [2], 2: [3], 3: [1], 4: [0]}, "p1 -> p2 -> p3 -> p1"),
        ({i: [(i + 1) % 100] for i in range(100)}, "p0 -> p1 -> p2 -> 97 more -> p0"),
        ({0: [1], 1: [2, 3], 2: [3], 3: [1]}, "p1 -> p3 -> p1"),
        ({0: [1, 3], 1: [2], 2: [1], 3: [4], 4: [3]}, "p1 -> p2 -> p1, and 1 more circle"),
    ],
)
def test_circles_are_walked_in_one_line(arrows: dict[int, list[int]], walk: str) -> None:
    with pytest.raises(MalformedGraphError, match="it refers to itself through others") as caught:
        Closure.of(graph(arrows))
    assert str(caught.value).endswith(f": {walk}")


def test_a_deep_chain_needs_no_recursion() -> None:
    count = 30_000
    closure = Closure.of(graph({i: [i + 1] if i + 1 < count else [] for i in range(count)}))
    assert closure.topological == tuple(reversed(range(count)))
    assert closure.measures.added_sizes[0] == count


@given(closures())
def test_what_a_path_needs_comes_before_it(closure: Closure) -> None:
    place = {path: position for position, path in enumerate(closure.topological)}
    assert sorted(place) == list(range(len(closure)))
    for source, targets in enumerate(closure.references):
        assert all(place[target] < place[source] for target in targets)
        assert list(targets) == sorted(set(targets) - {source})
        assert all(source in closure.referrers[target] for target in targets)
    assert sum(map(len, closure.referrers)) == sum(map(len, closure.references))


@given(closures(), st.randoms(use_true_random=False))
def test_order_of_the_source_does_not_matter(closure: Closure, shuffle: random.Random) -> None:
    infos = [
        PathInfo(info.path, info.nar_size, tuple(shuffle.sample(info.references, len(info.references))))
        for info in closure.infos
    ]
    shuffle.shuffle(infos)
    again = Closure.of(PathGraph("x", tuple(infos), tuple(closure.paths[root] for root in closure.roots)))
    assert (again.paths, again.references, again.roots) == (closure.paths, closure.references, closure.roots)
    assert again.topological == closure.topological
    assert again.measures.closure_sizes == closure.measures.closure_sizes
    assert again.measures.added_sizes == closure.measures.added_sizes
    assert again.measures.dominators == closure.measures.dominators


def test_paths_are_store_paths() -> None:
    assert all(isinstance(one, StorePath) for one in Closure.of(graph({0: [1], 1: []})).paths)
