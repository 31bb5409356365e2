"""Closures made up: from a drawing of arrows, or at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.store.path import PathGraph, PathInfo, StorePath

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def path(number: int) -> StorePath:
    """The store path of this index."""
    return StorePath.parse(f"/nix/store/{number:032d}-p{number}")


def graph(
    arrows: Mapping[int, Sequence[int]], sizes: Mapping[int, int] | None = None, roots: Sequence[int] = ()
) -> PathGraph:
    """Numbers that refer to numbers; a size is 1 unless it is given."""
    infos = tuple(
        PathInfo(path(number), (sizes or {}).get(number, 1), tuple(map(path, targets)))
        for number, targets in arrows.items()
    )
    return PathGraph("drawn", infos, tuple(map(path, roots)))


@st.composite
def closures(draw: st.DrawFn, most: int = 12) -> Closure:
    """Several roots, references to itself, no order; roots may be named, and then not need everything."""
    count = draw(st.integers(1, most))
    order = draw(st.permutations(range(count)))
    arrows: dict[int, list[int]] = {}
    for place, number in enumerate(order):
        arrows[number] = draw(st.lists(st.sampled_from(order[: place + 1]), max_size=4))
    sizes = dict(enumerate(draw(st.lists(st.integers(0, 1 << 40), min_size=count, max_size=count))))
    named = draw(st.lists(st.sampled_from(order), max_size=3))
    return Closure.of(graph(arrows, sizes, named))


def rooted(closure: Closure) -> nx.DiGraph[int]:
    """The closure as networkx has it, by index, with one more node, -1, that refers to all roots."""
    whole: nx.DiGraph[int] = nx.DiGraph()
    whole.add_nodes_from([-1, *range(len(closure))])
    whole.add_edges_from((-1, root) for root in closure.roots)
    whole.add_edges_from((path, to) for path, row in enumerate(closure.references) for to in row)
    return whole


def reached(closure: Closure, starts: Sequence[int], without: int = -1) -> set[int]:
    """All indices that the starts lead to, themselves included, if nothing goes through `without`."""
    found: set[int] = set()
    waiting = [start for start in starts if start != without]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += [to for to in closure.references[here] if to != without]
    return found
