"""What holds for every strategy on any closure, and the algorithms against naive ones."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.errors import PlanError
from nixdive.layering.frame import Frame
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from nixdive.layering.strategies import STRATEGIES, Task
from nixdive.layering.strategies.popularity import contest
from nixdive.store.info import PathGraph, PathInfo
from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from collections.abc import Sequence


def rows(most: int) -> st.SearchStrategy[list[list[int]]]:
    return (
        st.integers(1, most)
        .flatmap(
            lambda n: st.tuples(
                *(st.sets(st.integers(0, i - 1)).map(sorted) if i else st.just([]) for i in range(n))
            )
        )
        .map(list)
    )


def path(i: int) -> StorePath:
    return StorePath(f"/nix/store/{chr(97 + (i * 3) % 4) * 30}{i:02d}-p{i % 5}-1")


def infos(graph: Sequence[Sequence[int]]) -> list[PathInfo]:
    return [PathInfo(path(i), 1 + i * 7 % 11, tuple(map(path, row))) for i, row in enumerate(graph)]


def naive_contest(graph: Sequence[Sequence[int]]) -> list[int]:
    def below(children: Sequence[int]) -> Counter[int]:
        scores: Counter[int] = Counter()
        for child in children:
            scores[child] += 1
            for node, score in below(graph[child]).items():
                scores[node] += score + 1
        return scores

    used = {target for row in graph for target in row}
    scores = below([i for i in range(len(graph)) if i not in used])
    return [scores[i] for i in range(len(graph))]


@given(rows(9))
def test_popularity_is_the_sum_over_all_ways_down(graph: list[list[int]]) -> None:
    assert contest(graph) == naive_contest(graph)


@given(rows(12), st.integers(1, 14), st.data())
def test_nixpkgs_is_the_loop_as_described(graph: list[list[int]], limit: int, data: st.DataObject) -> None:
    closure = Closure.of(PathGraph("test", tuple(infos(graph))))
    needs: list[set[int]] = [set() for _ in closure.paths]
    for i in closure.topological:
        for target in closure.references[i]:
            needs[i] |= needs[target] | {target}
    owners: dict[int, frozenset[int]] = dict.fromkeys(range(len(closure)), frozenset())
    for primary in sorted(owners, key=lambda i: (closure.nar_sizes[i], i), reverse=True):
        users = {i for i in owners if primary in needs[i]}
        new = {**owners, primary: frozenset({primary})}
        for i in needs[primary]:
            new[i] -= users
            if not new[i] & needs[primary]:
                new[i] |= {primary}
        if len(set(new.values())) > limit:
            break
        owners = new
    excluded = data.draw(st.sets(st.sampled_from(range(len(closure)))))
    expected = {
        frozenset(i for i in owners if owners[i] == owner and i not in excluded) for owner in owners.values()
    } - {frozenset()}
    free = tuple(i for i in owners if i not in excluded)
    groups = STRATEGIES.get("nixpkgs")(Task(closure, free, frozenset(excluded), limit))
    assert {frozenset(group.members) for group in groups} == expected


@given(rows(12), st.integers(1, 14), st.sampled_from(STRATEGIES.names()))
def test_the_order_of_the_input_changes_nothing(graph: list[list[int]], budget: int, strategy: str) -> None:
    ordered = infos(graph)
    shuffled = list(reversed(ordered))
    found = Frame(found=tuple((info.path,) for info in ordered))
    plans = [
        solve(Closure.of(PathGraph("test", tuple(given))), PlanRequest(strategy, budget), found)
        for given in (ordered, shuffled)
    ]
    assert plans[0] == plans[1]


def test_size_puts_the_largest_lowest_and_each_what_is_needed() -> None:
    closure = Closure.of(PathGraph("test", tuple(infos([[], [0], [1], [2], [3]]))))
    sizes = [layer.nar_size for layer in solve(closure, PlanRequest("size")).layers]
    assert all(a >= b for a, b in pairwise(sizes))
    assert [layer.paths[0] for layer in solve(closure, PlanRequest("each")).layers] == [
        path(i) for i in range(5)
    ]


def test_keep_merges_from_the_top_and_wants_layers() -> None:
    closure = Closure.of(PathGraph("test", tuple(infos([[], [], [], []]))))
    frame = Frame(found=((path(1), path(0)), (path(2),)))
    kept = solve(closure, PlanRequest("keep", 3), frame)
    assert [layer.paths for layer in kept.layers] == [(path(1), path(0)), (path(2),), (path(3),)]
    assert [layer.paths for layer in solve(closure, PlanRequest("keep", 2), frame).layers][1] == (
        path(2),
        path(3),
    )
    with pytest.raises(PlanError, match="keep"):
        solve(closure, PlanRequest("keep"))


def test_a_chain_of_20000_is_no_deeper_than_others() -> None:
    graph: list[list[int]] = [[]] + [[i] for i in range(19_999)]
    assert contest(graph)[:2] == [20_000, 19_999]
