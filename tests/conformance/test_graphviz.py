"""Graphviz reads what `nixdive graph` writes as DOT, and draws it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from nixdive.layering.graph.dot import dot
from nixdive.visible import escaped
from tests.conformance.conftest import need
from tests.examples import examples
from tests.layering.graph.drawn import odd, small
from tests.patience import PATIENCE

if TYPE_CHECKING:
    import networkx as nx

    from nixdive.store.path import StorePath


@pytest.fixture(scope="module", autouse=True)
def _graphviz() -> None:
    need("dot")


def drawn(graph: nx.DiGraph[StorePath], form: str) -> bytes:
    """What Graphviz makes of a graph; it must have nothing to say about it."""
    words = ["dot", f"-T{form}"]
    done = subprocess.run(words, input=dot(graph).encode(), capture_output=True, timeout=PATIENCE, check=True)
    assert done.stderr == b""
    return done.stdout


def read(graph: nx.DiGraph[StorePath]) -> tuple[list[Any], dict[int, Any], set[tuple[str, str]]]:
    """The clusters, the nodes by their numbers, and the edges that Graphviz finds."""
    document = json.loads(drawn(graph, "json0"))
    clusters = [one for one in document.get("objects", ()) if "nodes" in one]
    nodes = {one["_gvid"]: one for one in document.get("objects", ()) if "nodes" not in one}
    edges = {(nodes[one["tail"]]["name"], nodes[one["head"]]["name"]) for one in document.get("edges", ())}
    return clusters, nodes, edges


def test_clusters_nodes_and_attributes() -> None:
    graph = small()
    clusters, nodes, edges = read(graph)
    assert [one["name"] for one in clusters] == ["cluster_1", "cluster_2", "cluster_3"]
    for number, cluster in enumerate(clusters, 1):
        inside = {nodes[i]["name"] for i in cluster["nodes"]}
        assert inside == {one for one in graph if graph.nodes[one].get("layer") == number}
    found = {one["name"]: one for one in nodes.values()}
    for one, facts in graph.nodes(data=True):
        del facts["name"]
        texts = {key: str(value).lower() for key, value in facts.items()}
        assert {key: found[one][key] for key in facts} == texts
    assert edges == set(graph.edges)


def test_a_picture_shows_reasons_as_they_are() -> None:
    text = drawn(small(), "svg").decode()
    assert "pinned: low &amp; &quot;slow\\</text>" in text
    assert text.count('class="cluster"') == 3
    assert text.count('class="edge"') == small().number_of_edges()


@examples(30)
@given(odd())
def test_any_text_is_read_as_it_was_meant(graph: nx.DiGraph[StorePath]) -> None:
    _, nodes, edges = read(graph)
    assert {one["name"] for one in nodes.values()} == {escaped(one) for one in graph}
    assert edges == {(escaped(one), escaped(to)) for one, to in graph.edges}
