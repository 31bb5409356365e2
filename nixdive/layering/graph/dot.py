"""DOT, the language of Graphviz, with a cluster for each layer.

Quoting follows https://graphviz.org/doc/info/lang.html: in a quoted text a backslash escapes a quotation mark
and nothing else. Libraries that write DOT take a colon in the name of a node for the begin of a port, and a
backslash for an escape that was meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.sizes import prose
from nixdive.visible import escaped, visible
from nixdive.words import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import networkx as nx

    from nixdive.store.path import StorePath

_CALM = 1 / 3  # the hue of a layer that never changes: green; one that always changes is red


def dot(graph: nx.DiGraph[StorePath]) -> str:
    """Return a graph that `layered` gave as DOT, read by Graphviz from left to right.

    The name of a node is its store path; characters that cannot be printed are escapes, see `escaped`. A node
    has a label with name and size, and its attributes but for `name`, which has its own sense in Graphviz.
    A layer is a cluster, `cluster_1` the lowest; what is in no layer is in no cluster. The greener a cluster
    is, the less likely a release changes the layer.
    """
    members: dict[int | None, list[StorePath]] = {}
    for path, facts in graph.nodes(data=True):
        members.setdefault(facts.get("layer"), []).append(path)
    lines = [
        f"digraph {_name(graph.graph['name'])} {{",
        '  graph [rankdir=LR, fontname="sans-serif", style="rounded,filled", fillcolor=white, color=gray];',
        '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif", tooltip="\\N"];',
        "  edge [color=gray40];",
    ]
    for layer in graph.graph["layers"]:
        inside = members.get(layer["layer"], [])
        if inside:
            lines += [
                f"  subgraph cluster_{layer['layer']} {{",
                f"    graph {_attributes(_cluster(layer))};",
                *(f"  {line}" for line in _nodes(graph, inside)),
                "  }",
            ]
    lines += _nodes(graph, members.get(None, []))
    lines += [f"  {_name(source)} -> {_name(target)};" for source, target in graph.edges]
    return "\n".join([*lines, "}", ""])


def _nodes(graph: nx.DiGraph[StorePath], paths: Iterable[StorePath]) -> Iterator[str]:
    for path in paths:
        facts = dict(graph.nodes[path])
        size = [prose(facts["nar_size"])] if "nar_size" in facts else []
        label = _lines(facts.pop("name"), *size)
        yield f"  {_name(path)} {_attributes({'label': label} | facts)};"


def _cluster(facts: Mapping[str, Any]) -> dict[str, str]:
    first = [f"layer {facts['layer']}"]
    look = {}
    if "nar_size" in facts:
        first.append(prose(facts["nar_size"]))
    if "change_probability" in facts:
        chance = facts["change_probability"]
        first.append(f"changes in {percent(chance)} of releases")
        look["fillcolor"] = f"{(1 - chance) * _CALM:.3f} 0.150 1.000"
    return {"label": _lines(", ".join(first), facts["reason"]), **look}


def _lines(*texts: str) -> str:
    r"""Return a label of some lines: Graphviz knows backslashes and HTML's entities there."""
    return r"\n".join(visible(text).replace("\\", r"\\").replace("&", "&amp;") for text in texts)


def _attributes(facts: Mapping[str, Any]) -> str:
    return f"[{', '.join(f'{key}={_quoted(_value(value))}' for key, value in facts.items())}]"


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _name(text: str) -> str:
    return _quoted(escaped(text))


def _quoted(text: str) -> str:
    """Return a text of printable characters, in which each backslash is part of an escape, between quotes."""
    return '"' + text.replace('"', r"\"") + '"'
