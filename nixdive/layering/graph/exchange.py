"""The formats of graphs that networkx writes: GraphML, GEXF and node-link JSON.

Nodes and their attributes are those of the graph. GraphML and GEXF have no lists, and so not the `layers` of
the graph. XML holds no control characters: what cannot be printed is an escape there, see `escaped`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import networkx as nx

from nixdive.visible import escaped

if TYPE_CHECKING:
    from nixdive.store.path import StorePath

_XML = '<?xml version="1.0" encoding="utf-8"?>'
# the date of today and the version of networkx: the same graph is to give the same file
_META = re.compile(r"<meta .*?</meta>\s*", re.DOTALL)


def graphml(graph: nx.DiGraph[StorePath]) -> str:
    """Return the graph as GraphML."""
    return "\n".join([_XML, *nx.generate_graphml(_writable(graph)), ""])


def gexf(graph: nx.DiGraph[StorePath]) -> str:
    """Return the graph as GEXF 1.2; the label of a node is its name."""
    named = _writable(graph)
    for _, facts in named.nodes(data=True):
        facts["label"] = facts["name"]
    text = "\n".join([_XML, *nx.generate_gexf(named), ""])
    return _META.sub("", text, count=1)


def node_link(graph: nx.DiGraph[StorePath]) -> str:
    """Return the graph as the document nixdive.graph/1, node-link JSON in ASCII.

    networkx reads it by `node_link_graph(json.loads(text), edges="edges")`.
    """
    document = {"format": "nixdive.graph/1", **nx.node_link_data(graph, edges="edges")}
    return json.dumps(document, indent=2) + "\n"


def _writable(graph: nx.DiGraph[StorePath]) -> nx.DiGraph[str]:
    """Return a copy in which all text can stand in XML; of the graph's own attributes it has the name."""
    copy: nx.DiGraph[str] = nx.DiGraph(name=escaped(graph.graph["name"]))
    copy.add_nodes_from((escaped(path), dict(facts)) for path, facts in graph.nodes(data=True))
    copy.add_edges_from((escaped(source), escaped(target)) for source, target in graph.edges)
    return copy
