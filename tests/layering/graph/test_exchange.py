"""GraphML, GEXF and node-link JSON, as networkx reads them back."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest
from hypothesis import given

from nixdive.errors import UnknownNameError
from nixdive.layering.graph import FORMATS
from nixdive.layering.graph.exchange import gexf, graphml, node_link
from nixdive.visible import escaped
from tests.layering.graph.drawn import odd, small

if TYPE_CHECKING:
    from nixdive.store.path import StorePath

Nodes = dict[str, dict[str, Any]]


def from_gexf(text: str) -> nx.Graph[Any]:
    return nx.read_gexf(io.BytesIO(text.encode()))


def nodes(graph: nx.Graph[Any], *without: str) -> Nodes:
    return {
        str(node): {key: value for key, value in facts.items() if key not in without}
        for node, facts in graph.nodes(data=True)
    }


def edges(graph: nx.Graph[Any]) -> set[tuple[str, str]]:
    return {(str(source), str(target)) for source, target in graph.edges}


def test_graphml_comes_back() -> None:
    again = nx.parse_graphml(graphml(small()))
    assert again.is_directed()
    assert again.graph["name"] == "small:v1"
    assert (nodes(again), edges(again)) == (nodes(small()), edges(small()))


def test_gexf_comes_back() -> None:
    again = from_gexf(gexf(small()))
    assert again.is_directed()
    assert again.name == "small:v1"
    assert (nodes(again, "label"), edges(again)) == (nodes(small()), edges(small()))
    assert all(facts["label"] == facts["name"] for _, facts in again.nodes(data=True))


def test_node_link_comes_back_with_the_layers() -> None:
    document = json.loads(node_link(small()))
    assert set(document) == {"format", "directed", "multigraph", "graph", "nodes", "edges"}
    assert document["format"] == "nixdive.graph/1"
    again = nx.node_link_graph(document, edges="edges")
    assert nx.utils.graphs_equal(again, small())


def test_gexf_tells_neither_the_day_nor_who_wrote_it() -> None:
    assert "meta" not in gexf(small())
    assert "networkx" not in gexf(small()).lower()


def expected(graph: nx.DiGraph[StorePath]) -> tuple[set[str], set[tuple[str, str]]]:
    return {escaped(one) for one in graph}, {(escaped(one), escaped(to)) for one, to in graph.edges}


@given(odd())
def test_any_text_stands_in_xml(graph: nx.DiGraph[StorePath]) -> None:
    for again in (nx.parse_graphml(graphml(graph)), from_gexf(gexf(graph))):
        assert (set(again), edges(again)) == expected(graph)
        assert [facts["name"] for _, facts in again.nodes(data=True)] == [one.name for one in graph]


@given(odd())
def test_any_text_stands_in_json_as_it_is(graph: nx.DiGraph[StorePath]) -> None:
    assert nx.utils.graphs_equal(nx.node_link_graph(json.loads(node_link(graph)), edges="edges"), graph)


def test_formats_by_name() -> None:
    assert FORMATS.get("gexf") is gexf
    with pytest.raises(UnknownNameError, match="no graph format is called 'graphlm'") as caught:
        FORMATS.get("graphlm")
    assert caught.value.hint == "did you mean graphml?"
