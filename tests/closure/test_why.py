"""Why a path is there: chains of references, the shortest first."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.closure.why import shortest_chains
from tests.closure.graphs import closures, graph, rooted

if TYPE_CHECKING:
    from collections.abc import Iterator


def all_chains(closure: Closure, start: int, target: int) -> Iterator[tuple[int, ...]]:
    if start == target:
        yield (start,)
        return
    for to in closure.references[start]:
        for rest in all_chains(closure, to, target):
            yield (start, *rest)


@given(closures(most=8), st.data(), st.integers(0, 9))
def test_chains_against_walking_all_ways(closure: Closure, draws: st.DataObject, limit: int) -> None:
    target = draws.draw(st.integers(0, len(closure) - 1))
    every = {root: sorted(all_chains(closure, root, target), key=len) for root in closure.roots}
    every = {root: chains for root, chains in every.items() if chains}
    found = shortest_chains(closure, target, limit)

    assert len(set(found)) == len(found) == min(limit, sum(map(len, every.values())))
    assert list(found) == sorted(found, key=lambda chain: (len(chain), chain))
    for chain in found:
        assert chain[0] in closure.roots
        assert chain[-1] == target
        assert all(to in closure.references[here] for here, to in pairwise(chain))

    # every root first, then the shortest of what is left
    best = sorted(len(chains[0]) for chains in every.values())[:limit]
    rest = sorted(len(chain) for chains in every.values() for chain in chains[1:])
    assert sorted(map(len, found)) == sorted(best + rest[: limit - len(best)])
    if limit >= len(every):
        assert {chain[0] for chain in found} == every.keys()


@given(closures(most=30), st.data(), st.integers(1, 20))
def test_networkx_finds_chains_as_short(closure: Closure, draws: st.DataObject, limit: int) -> None:
    target = draws.draw(st.integers(0, len(closure) - 1))
    whole = rooted(closure)
    expected: list[list[int]] = []
    if nx.has_path(whole, -1, target):
        expected = list(islice(nx.shortest_simple_paths(whole, -1, target), limit))
    found = shortest_chains(closure, target, limit)
    assert len(found) == len(expected)
    if len(closure.roots) == 1:  # of several roots each is there before one is there again
        assert [len(chain) + 1 for chain in found] == [len(way) for way in expected]


def test_a_root_is_a_chain_of_its_own() -> None:
    closure = Closure.of(graph({0: [1], 1: [1]}, roots=[0, 1]))
    assert shortest_chains(closure, 1, 9) == ((1,), (0, 1))
    assert shortest_chains(closure, 0, 9) == ((0,),)


def test_what_no_root_needs_has_no_chain() -> None:
    assert shortest_chains(Closure.of(graph({0: [1], 1: []}, roots=[1])), 0, 9) == ()


def test_a_few_of_very_many() -> None:
    """A ladder of 60 rungs has 2^59 chains from top to bottom."""
    arrows = {i: [to for to in (i // 2 * 2 + 2, i // 2 * 2 + 3) if to < 120] for i in range(120)}
    found = shortest_chains(Closure.of(graph(arrows)), 119, 50)
    assert len(set(found)) == 50
    assert {len(chain) for chain in found} == {60}
    assert {chain[0] for chain in found} == {0, 1}
