"""The closure as a graph of networkx."""

from __future__ import annotations

import networkx as nx
from hypothesis import given

from nixdive.closure.closure import Closure
from nixdive.store.path import PathGraph
from tests.closure.graphs import closures, reached
from tests.small import SHAPE, SIZES, closure_of, path


@given(closures())
def test_nodes_edges_and_sizes(closure: Closure) -> None:
    graph = closure.to_networkx()
    assert tuple(graph) == closure.paths
    for one, row in zip(closure.paths, closure.references, strict=True):
        assert list(graph[one]) == [closure.paths[to] for to in row]
    for i, one in enumerate(closure.paths):
        below = nx.descendants(graph, one) | {one}
        assert below == {closure.paths[j] for j in reached(closure, [i])}
        assert graph.nodes[one]["nar_size"] == closure.nar_sizes[i]
        assert graph.nodes[one]["closure_size"] == sum(graph.nodes[to]["nar_size"] for to in below)
        assert graph.nodes[one]["root"] == (i in closure.roots)
        kept = reached(closure, closure.roots, without=i)
        gone = reached(closure, closure.roots) - kept or {i}
        assert graph.nodes[one]["added_size"] == sum(closure.nar_sizes[j] for j in gone)


def test_attributes_of_a_node() -> None:
    graph = closure_of({**SHAPE, "plain": ()}, {**SIZES, "plain": 7}).to_networkx()
    assert graph.graph == {"name": "test"}
    assert graph.nodes[path("tool-3.0")] == {
        "name": "tool-3.0",
        "package": "tool",
        "version": "3.0",
        "root": False,
        "nar_size": 3_000,
        "closure_size": 3_503_000,
        "added_size": 503_000,
    }
    assert "version" not in graph.nodes[path("plain")]


def test_unknown_sizes_are_left_out() -> None:
    closure = closure_of(SHAPE, dict.fromkeys(SHAPE, 1), sized=False)
    assert set(closure.to_networkx().nodes[path("app-1.0")]) == {"name", "package", "version", "root"}


def test_each_call_gives_a_graph_of_its_own() -> None:
    closure = closure_of(SHAPE, SIZES)
    closure.to_networkx().clear()
    assert len(closure.to_networkx()) == len(closure)
    assert len(Closure.of(PathGraph("empty", ())).to_networkx()) == 0
