"""Circles of references: Nix makes none, but an edited closure file or an odd image may contain some.

This module is imported only when there is a circle, so that networkx is not loaded for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nixdive.store.path import StorePath

_NAMED = 4  # members of a circle in a message


def circles(references: Mapping[StorePath, Iterable[StorePath]]) -> list[tuple[StorePath, ...]]:
    """Return one circle for each group of paths that can all reach one another, by their first paths.

    It is a shortest one through the first path of its group, and starts there. A path that only refers to
    itself is not a circle.

    Args:
        references: for each path what it refers to, among the paths.
    """
    graph = _graph(references)
    found = []
    for group in nx.strongly_connected_components(graph):
        if len(group) > 1:
            first = min(group)
            # nearest first, so that what refers to it first ends a shortest way; networkx' own shortest paths
            # hold a list for each path, which for a circle of 20 000 are gigabytes
            before = {to: by for by, to in nx.bfs_edges(graph, first)}
            here = next(path for path in before if first in graph[path])
            way = [here]
            while here != first:
                here = before[here]
                way.append(here)
            found.append(tuple(reversed(way)))
    return sorted(found)


def closing(references: Mapping[StorePath, Iterable[StorePath]]) -> list[tuple[StorePath, StorePath]]:
    """Return references whose removal breaks all circles, as pairs of source and target.

    They are those that a depth-first walk, in the order given, meets while it is still below their
    targets.

    Args:
        references: for each path what it refers to, among the paths.
    """
    above: set[StorePath] = set()
    found = []
    for source, target, step in nx.dfs_labeled_edges(_graph(references)):
        if step == "forward":
            above.add(target)
        elif step == "reverse":
            above.discard(target)
        elif target in above:
            found.append((source, target))
    return found


def named(found: Sequence[Sequence[StorePath]]) -> str:
    """Return the names in the first circle for a message, and how many more circles there are.

    The first name is repeated at the end. A long circle is cut after three names with a count of the rest.
    """
    first, *others = found
    names = [path.name for path in first]
    if len(names) > _NAMED:
        names = [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
    circle = " -> ".join([*names, first[0].name])
    if not others:
        return circle
    return f"{circle}, and {len(others)} more {'circle' if len(others) == 1 else 'circles'}"


def _graph(references: Mapping[StorePath, Iterable[StorePath]]) -> nx.DiGraph[StorePath]:
    graph: nx.DiGraph[StorePath] = nx.DiGraph()
    graph.add_nodes_from(references)
    graph.add_edges_from(
        (source, target) for source, row in references.items() for target in row if target != source
    )
    return graph
