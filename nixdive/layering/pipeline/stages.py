"""The stages of a pipeline, with nixpkgs' results (pkgs/build-support/docker/layering, since 2024)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.errors import PipelineError
from nixdive.layering.pipeline.graph import Graph, graphs_in
from nixdive.layering.strategies.popularity import contest, tie

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from nixdive.layering.pipeline.graph import Value

    Step = Callable[[Value], Value]


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
