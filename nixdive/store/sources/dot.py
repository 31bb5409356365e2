"""`nix-store --query --graph`: one statement per line, names without their store directory.

An arrow leads from what is needed to what needs it.
"""

from __future__ import annotations

import re

from nixdive.errors import MalformedGraphError
from nixdive.store.path import STORE_DIR, PathGraph
from nixdive.store.sources.rows import EXPORT, Row, graph_of, shortened, shown

_HEAD = re.compile(r'\s*(?:strict\s+)?digraph\b(?>(?:[^{"]|"(?>(?:[^"\\]|\\.)*)")*)\{')
# possessive and atomic, so that a line of spaces costs what it is long
_STATEMENT = re.compile(r'"([^"\\]*+)"\s*+(?>(?:->\s*+"([^"\\]*+)"\s*+)?)(?:\[.*\]\s*+)?;?')


def parse(text: str, origin: str) -> PathGraph:
    """Return the graph, without sizes.

    Raises:
        MalformedGraphError: a line is not a statement that Nix writes, or an arrow leads to no node.
    """
    head = _HEAD.match(text)
    body, end, after = text.rpartition("}")
    if head is None or not end or after.strip() or len(body) < head.end():
        raise MalformedGraphError(origin, None, "its graph is cut short: no brace ends it", hint=EXPORT)
    references: dict[str, list[str]] = {}
    arrows: list[tuple[str, str]] = []
    for line in body[head.end() :].split("\n"):
        statement = _STATEMENT.fullmatch(line.strip())
        if statement is not None:
            node, referrer = statement.groups()
            if referrer is None:
                references.setdefault(node, [])
            else:
                arrows.append((node, referrer))
        elif line.strip():
            raise MalformedGraphError(
                origin, shown(line.strip()), "it is not a statement of a Nix graph", hint=EXPORT
            )
    for node, referrer in arrows:
        if referrer not in references:
            cause = f"it is needed by {shortened(referrer)}, which the graph does not list"
            raise MalformedGraphError(origin, shortened(node), cause)
        references[referrer].append(_absolute(node))
    return graph_of((Row(_absolute(node), row) for node, row in references.items()), origin, sized=False)


def _absolute(node: str) -> str:
    return node if node.startswith("/") else f"{STORE_DIR}/{node}"
