"""The stages of a pipeline, with nixpkgs' results (pkgs/build-support/docker/layering, since 2024).

They work on store paths in an order, with the arrows that are left between them. Stages make a graph for
every group, thousands of them; those of networkx take two to eight times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from nixdive.errors import PipelineError
from nixdive.layering.strategies.popularity import contest, tie

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

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
Step: TypeAlias = "Callable[[Value], Value]"


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


def popularity_contest(value: Value) -> Value:
    """Return a graph for each path, the most used first."""
    graph = _graph(value)
    order = [i for i in graph.closure.topological if i in graph.references]
    place = {i: position for position, i in enumerate(order)}
    scores = contest([[place[target] for target in graph.references[i]] for i in order])
    ranked = sorted(order, key=lambda i: (-scores[place[i]], tie(graph.closure.paths[i])))
    return [Graph(graph.closure, (i,), {i: ()}) for i in ranked]


def limit_layers(most: int, value: Value) -> Value:
    """Return the first groups as they are and the rest as one, which may be empty; at most `most` groups.

    The empty one is in no layer, but a later stage counts it.
    """
    groups = _list(value)
    kept, merged = groups[: most - 1], groups[most - 1 :]
    if any(isinstance(group, dict) for group in merged):
        raise PipelineError("the groups that it merges have named parts", hint="put flatten before it")
    graphs = graphs_in(merged)
    within = graphs or graphs_in(kept)
    return [*kept, Graph.union(within[0].closure, graphs)] if within else kept


def split_paths(names: Collection[str], parents: Collection[str], value: Value) -> Value:
    """Take some paths out, with what only they need; among themselves they are no longer needed.

    Args:
        names: store paths.
        parents: store paths whose references are meant.
        value: a graph.

    Returns:
        "main": the paths and what is needed through them alone; "common": what they need and the others too;
        "rest": the others. A part without paths is left out.
    """
    if not names and not parents:
        return {"rest": value}  # whatever it is: nixpkgs does not look at it
    graph = _graph(value)
    targets = set(graph.named(names))
    for parent in graph.named(parents):
        targets.update(graph.references[parent])
    roots = graph.roots()
    if not targets:
        return {"rest": graph}
    if len(roots) == 1 and roots[0] in targets:
        return {"main": graph}
    apart = graph.without_arrows_to(targets)
    others = apart.below(root for root in roots if root not in targets)
    needed = graph.below(targets)
    parts = {"main": needed - others, "common": needed & others, "rest": others - needed}
    return {name: apart.only(paths) for name, paths in parts.items() if paths}


def subcomponent_out(names: Collection[str], value: Value) -> Value:
    """Return as "main" some paths with all that they need, and as "rest" the others."""
    graph = _graph(value)
    return _in_two(graph, graph.below(graph.named(names)))


def subcomponent_in(names: Collection[str], value: Value) -> Value:
    """Return as "main" some paths with all that need them, and as "rest" the others."""
    graph = _graph(value)
    return _in_two(graph, graph.above(graph.named(names)))


def over(key: str, step: Step, value: Value) -> Value:
    """Return the parts with one of them replaced by what a stage makes of it."""
    if not isinstance(value, dict):
        raise PipelineError(f"it needs named parts, like those of split_paths, not {_kind(value)}")
    if key not in value:
        raise PipelineError(f"there is no part {key!r}, only {', '.join(map(repr, value))}")
    return {name: step(part) if name == key else part for name, part in value.items()}


def flatten(value: Value) -> Value:
    """Return all groups as one list."""
    if isinstance(value, Graph):
        raise PipelineError("there is one graph, and nothing to flatten")
    return list(graphs_in(value))


def map_(step: Step, value: Value) -> Value:
    """Return what a stage makes of each group."""
    return [step(part) for part in _list(value)]


def reverse(value: Value) -> Value:
    """Return the groups from the last to the first."""
    return _list(value)[::-1]


def remove_paths(names: Collection[str], value: Value) -> Value:
    """Return the graph without some paths; they go into no layer."""
    if not names:
        return value  # whatever it is: nixpkgs does not look at it
    graph = _graph(value)
    return graph.only(set(graph.vertices).difference(graph.named(names)))


def split_every(count: int, value: Value) -> Value:
    """Return groups of so many paths, in the order of the graph."""
    graph = _graph(value)
    starts = range(0, len(graph.vertices), count)
    return [graph.induced(graph.vertices[start : start + count]) for start in starts]


def _in_two(graph: Graph, main: set[int]) -> Value:
    return {"main": graph.only(main), "rest": graph.only(set(graph.vertices) - main)}


def _graph(value: Value) -> Graph:
    if not isinstance(value, Graph):
        raise PipelineError(
            f"it needs one graph, not {_kind(value)}", hint="use it inside map, or inside over for one part"
        )
    return value


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise PipelineError(f"it needs a list of groups, not {_kind(value)}")
    return value


def _kind(value: Value) -> str:
    if isinstance(value, Graph):
        return "one graph"
    return f"the parts {', '.join(map(repr, value))}" if isinstance(value, dict) else "a list of groups"
