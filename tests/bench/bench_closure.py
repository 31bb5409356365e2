"""How long it takes to read a closure and to measure it.

usage: python tests/bench/bench_closure.py [PATHS...]

Without PATHS: 1000, 10 000 and 20 000. The closures are made up: about six references for each path, one
root, sizes over many orders. Each step runs five times; the fastest counts.
"""

from __future__ import annotations

import json
import random
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from nixdive.closure.closure import Closure
from nixdive.closure.dominators import immediate_dominators
from nixdive.closure.measures import measure
from nixdive.closure.why import shortest_chains
from nixdive.store.sources import read_graph

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS = 5


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
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
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
        measures = _fastest(partial(measure, closure))
        chains = _fastest(partial(shortest_chains, closure, lowest, 50))
        print(
            f"{count:7} {arrows:8} {_ms(read):>8} {_ms(check):>8} {_ms(dominators):>11} {_ms(measures):>9}"
            f" {_ms(chains):>10}"
        )


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [1000, 10_000, 20_000])
