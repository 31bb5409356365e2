"""How long it takes to read a closure and to measure it, and how long networkx would take for the same.

usage: python tests/bench/bench_closure.py [PATHS...]

Without PATHS: 1000, 10 000 and 20 000. The closures are made up: about six references for each path, one
root, sizes over many orders. Each step runs five times; the fastest counts.

The second table, of closures of at most 10 000 paths, has our time and that of networkx for the same: the
dominators; measures (dominators, added sizes, and for each path the size and the count of its closure, by
`descendants`); and the 100 shortest chains to the lowest path, by `shortest_simple_paths`. The graph
of networkx, of integers, is ready; making it has a column of its own. What takes over a second runs once.
All are seconds of the processor, so that what else a machine does counts less.
"""

from __future__ import annotations

import json
import random
import sys
import time
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import networkx as nx

from nixdive.closure.closure import Closure
from nixdive.closure.measures import Measures, immediate_dominators
from nixdive.closure.why import shortest_chains
from nixdive.store.sources import read_graph

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS = 5
_LONG = 1.0  # seconds
_MOST = 10_000  # paths whose closures networkx follows one after the other in a minute or so
_CHAINS = 100


def _document(count: int) -> bytes:
    dice = random.Random(count)
    names = [f"/nix/store/{dice.randrange(10**32):032d}-package-{number}" for number in range(count)]
    rows: list[list[str]] = []
    for number in range(count):
        # nearer paths are likelier
        below = {max(0, number - 1 - int(dice.expovariate(1 / (count / 20 + 1)))) for _ in range(6) if number}
        if number:
            below.add(dice.randrange(number))
        rows.append([names[other] for other in sorted(below)])
    needed = {reference for row in rows for reference in row}
    rows[-1] += [name for name in names[:-1] if name not in needed]
    infos = [
        {"path": name, "narSize": int(dice.lognormvariate(11, 2.5)), "references": row}
        for name, row in zip(names, rows, strict=True)
    ]
    return json.dumps(infos).encode()


def _fastest(work: Callable[[], object]) -> float:
    times = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
        if times[-1] > _LONG:
            break
    return min(times)


def main(counts: list[int]) -> None:
    """Print a line for each size."""
    print("  paths   arrows     read    check  dominators  measures  50 chains")
    for count in counts:
        data = _document(count)
        graph = read_graph(data, "made up")
        closure = Closure.of(graph)
        arrows = sum(map(len, closure.references))
        lowest = closure.topological[0]
        read = _fastest(partial(read_graph, data, "made up"))
        check = _fastest(partial(Closure.of, graph))
        dominators = _fastest(partial(immediate_dominators, closure))
        measures = _fastest(partial(_figures, closure))
        chains = _fastest(partial(shortest_chains, closure, lowest, 50))
        print(
            f"{count:7} {arrows:8} {_ms(read):>8} {_ms(check):>8} {_ms(dominators):>11} {_ms(measures):>9}"
            f" {_ms(chains):>10}"
        )


def _figures(closure: Closure) -> tuple[tuple[int, ...], ...]:
    """Return closure sizes and counts, added sizes, and dominators."""
    found = Measures(closure)
    return found.closure_sizes, found.closure_counts, found.added_sizes, found.dominators


def compare(counts: list[int]) -> None:
    """Print a line for each size: our time, that of networkx, and how many times ours that is."""
    print(f"\n  paths   graph{'dominators':>24}{'measures':>26}{f'{_CHAINS} chains':>26}")
    for count in counts:
        closure = Closure.of(read_graph(_document(count), "made up"))
        graph = _graph(closure)
        target = closure.topological[0]
        assert _measured(closure, graph) == tuple(map(list, _figures(closure)))
        pairs: list[tuple[Callable[[], object], Callable[[], object]]] = [
            (partial(immediate_dominators, closure), partial(nx.immediate_dominators, graph, -1)),
            (partial(_figures, closure), partial(_measured, closure, graph)),
            (partial(shortest_chains, closure, target, _CHAINS), partial(_chains, closure, graph, target)),
        ]
        cells = []
        for ours, theirs in pairs:
            own, other = _fastest(ours), _fastest(theirs)
            cells.append(f"{_ms(own):>8} {_ms(other):>10} {other / own:5.0f}")
        print(f"{count:7} {_ms(_fastest(partial(_graph, closure))):>7}  {' '.join(cells)}", flush=True)


def _graph(closure: Closure) -> nx.DiGraph[int]:
    """Return the closure with one more node, -1, which refers to all roots."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(-1, len(closure)))
    graph.add_edges_from((-1, root) for root in closure.roots)
    graph.add_edges_from((path, to) for path, row in enumerate(closure.references) for to in row)
    return graph


def _measured(closure: Closure, graph: nx.DiGraph[int]) -> tuple[list[int], ...]:
    dominators = nx.immediate_dominators(graph, -1)
    added = list(closure.nar_sizes)
    for path in reversed(list(nx.topological_sort(graph))):
        if path >= 0 and dominators[path] >= 0:
            added[dominators[path]] += added[path]
    sizes, counts = [], []
    for path, own in enumerate(closure.nar_sizes):
        below = nx.descendants(graph, path)
        sizes.append(own + sum(map(closure.nar_sizes.__getitem__, below)))
        counts.append(1 + len(below))
    return sizes, counts, added, [dominators[path] for path in range(len(closure))]


def _chains(closure: Closure, graph: nx.DiGraph[int], target: int) -> list[list[int]]:
    (root,) = closure.roots
    return list(islice(nx.shortest_simple_paths(graph, root, target), _CHAINS))


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:]] or [1000, 10_000, 20_000]
    main(asked)
    compare([count for count in asked if count <= _MOST])
