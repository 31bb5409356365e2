"""The closure with its layers as a graph, and the formats that other programs read it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from nixdive.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    import networkx as nx

    from nixdive.store.path import StorePath

    Writer: TypeAlias = Callable[[nx.DiGraph[StorePath]], str]

# each gives the text of a file for a graph that `layered` gave
FORMATS: Catalogue[Writer] = Catalogue(
    "graph format",
    {
        "dot": "nixdive.layering.graph.dot:dot",
        "graphml": "nixdive.layering.graph.exchange:graphml",
        "gexf": "nixdive.layering.graph.exchange:gexf",
        "json": "nixdive.layering.graph.exchange:node_link",
    },
)
# how the names of their files end
ENDINGS: Final = {".dot": "dot", ".gv": "dot", ".graphml": "graphml", ".gexf": "gexf", ".json": "json"}
