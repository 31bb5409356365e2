"""What the stages of a pipeline work on: store paths in an order, with the arrows left between them.

Stages make a graph for every group, thousands of them; those of networkx take two to eight times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from nixdive.closure.closure import Closure


@dataclass(frozen=True, slots=True)
class Graph:
    """Store paths, as indices into a closure.

    Attributes:
        closure: the closure they are of.
        vertices: the paths; their order decides that of groups and of the tar.
        references: for each path what it refers to, among the paths of the graph.
    """

    closure: Closure
    vertices: tuple[int, ...]
    references: Mapping[int, tuple[int, ...]]

    @classmethod
    def of(cls, closure: Closure, paths: Iterable[int]) -> Graph:
        """Return the graph of some paths: the smallest NAR first, equal ones as the closure has them."""
        vertices = tuple(sorted(paths, key=lambda i: (closure.nar_sizes[i], i)))
        return cls(closure, vertices, _among(closure.references, vertices))

    @classmethod
    def union(cls, closure: Closure, graphs: Sequence[Graph]) -> Graph:
        """Return one graph of several, one behind the other; there are no arrows between them."""
        vertices = tuple(i for graph in graphs for i in graph.vertices)
        references = {i: row for graph in graphs for i, row in graph.references.items()}
        return cls(closure, vertices, references)

    def only(self, paths: Collection[int]) -> Graph:
        """Return the graph of some of the paths, in the same order, with the arrows between them."""
        return self.induced(tuple(i for i in self.vertices if i in paths))

    def induced(self, vertices: tuple[int, ...]) -> Graph:
        """Return the graph of some of the paths, in the order given, with the arrows between them."""
        return Graph(self.closure, vertices, _among(self.references, vertices))

    def without_arrows_to(self, paths: Collection[int]) -> Graph:
        """Return the graph where nothing refers to some paths."""
        references = {
            i: tuple(target for target in row if target not in paths) for i, row in self.references.items()
        }
        return Graph(self.closure, self.vertices, references)

    def roots(self) -> list[int]:
        """Return the paths that no other one refers to."""
        used = {target for row in self.references.values() for target in row}
        return [i for i in self.vertices if i not in used]

    def below(self, paths: Iterable[int]) -> set[int]:
        """Return some paths and all that they lead to."""
        found = set(paths)
        queue = list(found)
        for here in queue:
            for target in self.references[here]:
                if target not in found:
                    found.add(target)
                    queue.append(target)
        return found

    def above(self, paths: Iterable[int]) -> set[int]:
        """Return some paths and all that lead to them."""
        referrers: dict[int, list[int]] = {i: [] for i in self.vertices}
        for source, row in self.references.items():
            for target in row:
                referrers[target].append(source)
        turned = Graph(self.closure, self.vertices, {i: tuple(row) for i, row in referrers.items()})
        return turned.below(paths)

    def named(self, names: Collection[str]) -> list[int]:
        """Return the paths of the graph among some names; names that it does not have are no error."""
        paths = self.closure.paths
        return [i for i in self.vertices if paths[i] in names]


Value: TypeAlias = "Graph | dict[str, Value] | list[Value]"


def graphs_in(value: Value) -> list[Graph]:
    """Return all graphs in a value, in order, however deep they lie."""
    if isinstance(value, Graph):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    return [graph for part in parts for graph in graphs_in(part)]


def _among(
    references: Mapping[int, tuple[int, ...]] | tuple[tuple[int, ...], ...], vertices: tuple[int, ...]
) -> dict[int, tuple[int, ...]]:
    kept = frozenset(vertices)
    return {i: tuple(target for target in references[i] if target in kept) for i in vertices}
