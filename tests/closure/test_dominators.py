"""Dominators, against what cannot be reached without them."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given

from nixdive.closure.closure import Closure
from nixdive.closure.measures import immediate_dominators
from tests.closure.graphs import closures, graph, reached, rooted


@given(closures())
def test_the_nearest_path_that_cuts_it_off(closure: Closure) -> None:
    needed = reached(closure, closure.roots)
    found = immediate_dominators(closure)
    for path in range(len(closure)):
        cuts = {
            other
            for other in needed - {path}
            if path in needed and path not in reached(closure, closure.roots, without=other)
        }
        # of those that cut it off, the nearest is cut off by all the others
        nearest = [one for one in cuts if all(one in reached(closure, [other]) for other in cuts)]
        assert found[path] == (nearest[0] if nearest else -1)


@given(closures(most=40))
def test_networkx_says_the_same(closure: Closure) -> None:
    expected = nx.immediate_dominators(rooted(closure), -1)
    assert immediate_dominators(closure) == tuple(expected.get(path, -1) for path in range(len(closure)))


@pytest.mark.parametrize("depth", [1, 2, 3, 100, 5000])
def test_a_deep_tree_with_two_legs(depth: int) -> None:
    """A chain, and at each of its links one leg to a path that all of them need."""
    arrows = {i: [i + 1, depth] for i in range(depth - 1)} | {depth - 1: [depth], depth: []}
    found = immediate_dominators(Closure.of(graph(arrows)))
    assert found[depth] == 0
    assert all(below == above + 1 or above == -1 for above, below in pairwise(found[:depth]))
