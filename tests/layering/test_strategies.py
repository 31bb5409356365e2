"""What holds for every strategy on any closure, and the algorithms against naive ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.errors import BudgetError, PlanError, UnknownPathError
from nixdive.layering.plan import Frame, Layer, LayerKind
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.layering.strategies import STRATEGIES, Task
from nixdive.layering.strategies.popularity import contest
from nixdive.store.path import PathGraph, PathInfo, StorePath

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


def pipelines(limit: int) -> st.SearchStrategy[list[Any]]:
    """Pipelines that run on every graph, and end with so many groups at most."""
    some = st.lists(st.integers(0, 11).map(path), max_size=3)
    cut = st.one_of(
        st.just([["popularity_contest"]]),
        st.integers(1, 5).map(lambda count: [["split_every", count], ["map", ["popularity_contest"]]]),
        some.map(lambda names: [["split_paths", names]]),
        some.map(lambda names: [["split_paths", [{"children_of": names}]]]),
        some.map(lambda names: [["subcomponent_in", names], ["over", "rest", ["popularity_contest"]]]),
        some.map(lambda names: [["subcomponent_out", names], ["over", "main", ["split_every", 2]]]),
    )
    turn = st.sampled_from([[], [["reverse"]]])
    return st.tuples(some, cut, turn).map(
        lambda made: [["remove_paths", made[0]], *made[1], ["flatten"], *made[2], ["limit_layers", limit]]
    )


@given(
    rows(12),
    st.integers(1, 14),
    st.sampled_from(STRATEGIES.names()),
    st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["low", "mine"])), max_size=4),
    st.sets(st.integers(0, 11), max_size=3),
    st.data(),
)
def test_what_holds_for_every_plan(
    graph: list[list[int]],
    budget: int,
    strategy: str,
    pinned: list[tuple[int, str]],
    left: set[int],
    data: st.DataObject,
) -> None:
    ordered = infos(graph)
    pins = tuple(Pin(path(i), layer) for i, layer in dict(pinned).items() if i < len(graph) and i not in left)
    exclude = tuple(path(i) for i in left if i < len(graph))
    names = {pin.layer for pin in pins}
    taken = {pin.pattern for pin in pins}
    rest = [info.path for info in ordered if info.path not in taken and info.path not in exclude]
    stages = data.draw(pipelines(max(budget - len(names), 1))) if strategy == "pipeline" else []
    request = PlanRequest(strategy, budget, pins, exclude, json.dumps(stages))
    frame = Frame(found=tuple((info.path,) for info in ordered))
    needed = len(names) + bool(rest)
    plans = []
    for given_order in (ordered, ordered[::-1]):
        closure = Closure.of(PathGraph("test", tuple(given_order)))
        if needed > budget:
            with pytest.raises(BudgetError, match=f"= {needed} layer"):
                solve(closure, request, frame)
            return
        plans.append(solve(closure, request, frame))
    plan = plans[0]
    assert plan == plans[1], "the order of the input changes nothing"
    laid = [one for layer in plan.layers for one in layer.paths]
    removed = sorted(set(stages[0][1]).intersection(rest)) if stages else []
    assert list(plan.left_out) == removed
    assert sorted([*laid, *removed]) == sorted([*rest, *taken]), "a partition"
    assert len(plan.layers) <= budget
    for name in names:
        (layer,) = (one for one in plan.layers if one.pin == name)
        assert set(layer.paths) == {pin.pattern for pin in pins if pin.layer == name}


def test_an_unknown_path_cannot_be_excluded() -> None:
    closure = Closure.of(PathGraph("test", tuple(infos([[], [0]]))))
    with pytest.raises(UnknownPathError, match="p4-1 is not in the closure"):
        solve(closure, PlanRequest(exclude=(path(4),)))


def test_base_below_pins_below_the_rest_below_the_files() -> None:
    closure = Closure.of(PathGraph("test", tuple(infos([[], [0], [1]]))))
    base = (Layer(LayerKind.BASE, (), 10, "base 1"), Layer(LayerKind.BASE, (), 20, "base 2"))
    frame = Frame(base=base, above=(Layer(LayerKind.CUSTOMISATION, (), 5, "links"),))
    request = PlanRequest("each", 6, (Pin(path(2), "top"),))
    layers = solve(closure, request, frame).layers
    assert layers[:2] == base
    assert [layer.pin for layer in layers] == [None, None, "top", None, None, None]
    assert layers[-1:] == frame.above
    with pytest.raises(
        BudgetError, match=r"budget 4 is below the 2 base \+ 1 pin \+ files \+ rest = 5 layers"
    ):
        solve(closure, PlanRequest("each", 4, request.pins), frame)


def test_size_puts_the_largest_lowest_and_each_what_is_needed() -> None:
    closure = Closure.of(PathGraph("test", tuple(infos([[], [0], [1], [2], [3]]))))
    sizes = [layer.nar_size for layer in solve(closure, PlanRequest("size")).layers]
    assert all(a >= b for a, b in pairwise(sizes))
    assert [layer.paths[0] for layer in solve(closure, PlanRequest("each")).layers] == [
        path(i) for i in range(5)
    ]


def test_keep_keeps_the_order_and_wants_layers() -> None:
    closure = Closure.of(PathGraph("test", tuple(infos([[], [], [], []]))))
    frame = Frame(found=((path(1), path(0)), (path(2),)))
    kept = solve(closure, PlanRequest("keep", 3), frame)
    assert [layer.paths for layer in kept.layers] == [(path(1), path(0)), (path(2),), (path(3),)]
    with pytest.raises(PlanError, match="keep"):
        solve(closure, PlanRequest("keep"))


WORK = """
import json, sys
from pathlib import Path
from nixdive.closure.closure import Closure
from nixdive.layering.plan import Frame
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.layering.strategies import STRATEGIES
from nixdive.store.sources import read_graph

closure = Closure.of(read_graph(Path(sys.argv[1]).read_bytes(), "test"))
names = [str(path) for path in closure.paths]
pipeline = json.dumps([["remove_paths", names[5:8]], ["split_paths", names[10:14]], ["flatten"]])
for strategy in STRATEGIES.names():
    pins = (Pin("libs*", "low"), Pin("libc6", "low"))
    request = PlanRequest(strategy, 9, pins, closure.paths[3:5], pipeline)
    print(solve(closure, request, Frame(found=(closure.paths[::3], closure.paths[1::3]))))
"""


def test_the_hash_seed_changes_nothing() -> None:
    file = Path(__file__).parents[1] / "data/closures/debstore-redis-v1.path-info.json.gz"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", WORK, file],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1
    assert outputs.pop().count(b"LayerPlan(") == len(STRATEGIES.names())


def test_a_chain_of_20000_is_no_deeper_than_others() -> None:
    graph: list[list[int]] = [[]] + [[i] for i in range(19_999)]
    assert contest(graph)[:2] == [20_000, 19_999]
