"""Closure sizes and added sizes, against counting them by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given

from nixdive.closure.closure import Closure
from tests.closure.graphs import closures, graph, reached

if TYPE_CHECKING:
    from collections.abc import Iterable


def weight(closure: Closure, paths: Iterable[int]) -> int:
    return sum(closure.nar_sizes[path] for path in paths)


def check(closure: Closure) -> None:
    found = closure.measures
    whole = reached(closure, closure.roots)
    for path in closure.topological:
        below = reached(closure, [path])
        assert found.closure_sizes[path] == weight(closure, below)
        assert found.closure_counts[path] == len(below)
        lost = whole - reached(closure, closure.roots, without=path) if path in whole else {path}
        assert found.added_sizes[path] == weight(closure, lost)


@given(closures())
def test_measures_are_those_of_counting(closure: Closure) -> None:
    check(closure)


def test_figures_of_a_diamond() -> None:
    #   0 -> 1, 2;  1, 2 -> 3;  2 -> 4
    closure = Closure.of(
        graph({0: [1, 2], 1: [3], 2: [3, 4, 2], 3: [], 4: []}, {0: 1, 1: 10, 2: 100, 3: 1000, 4: 10000})
    )
    found = closure.measures
    assert found.closure_sizes == (11111, 1010, 11100, 1000, 10000)
    assert found.closure_counts == (5, 2, 3, 1, 1)
    assert found.added_sizes == (11111, 10, 10100, 1000, 10000)
    assert found.dominators == (-1, 0, 0, 0, 2)


def test_two_roots_share_what_neither_adds() -> None:
    found = Closure.of(graph({0: [2], 1: [2], 2: [3], 3: []}, {2: 100, 3: 1000})).measures
    assert found.added_sizes == (1, 1, 1100, 1000)
    assert found.dominators == (-1, -1, -1, 2)


def test_what_no_root_needs_weighs_itself() -> None:
    found = Closure.of(graph({0: [1], 1: [2], 2: []}, {0: 1, 1: 10, 2: 100}, roots=[2])).measures
    assert found.added_sizes == (1, 10, 100)
    assert found.dominators == (-1, -1, -1)
    assert found.closure_sizes == (111, 110, 100)


def test_a_ladder_has_too_many_ways_to_walk() -> None:
    arrows = {i: [to for to in (i // 2 * 2 + 2, i // 2 * 2 + 3) if to < 400] for i in range(400)}
    found = Closure.of(graph(arrows)).measures
    assert found.closure_sizes[0] == 399
