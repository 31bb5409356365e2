"""How long the strategy `churn` takes, and what its plans are expected to push.

usage: python tests/bench/bench_churn.py [PATHS...]

Without PATHS: 1000, 5000 and 10 000. The first table is of the closures that bench_closure.py makes up; model
and plan are timed three times in a process of their own, the fastest counts. Pushed bytes are expected under
the model itself, as a share of what nixpkgs, popularity and the lower bound have.

With NIXDIVE_SHARED set there is a second table: an experiment's closures, whose rates are known. Plans are
made from 8192 scenarios and weighed with 2000 others; all numbers are shares of the experiment's popularity,
the geometric mean of three closures. Next to it stand the experiment's own plans, made from 4096 scenarios.
"""

from __future__ import annotations

import math
import os
import resource
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nixdive.closure.closure import Closure
from nixdive.layering.change.model import ChangeModel
from nixdive.layering.change.rates import Kind, Rates
from nixdive.layering.churn.search import Search
from nixdive.layering.cost import lower_bound
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from nixdive.store.path import PathGraph, PathInfo, StorePath
from nixdive.store.sources import read_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

_COUNTS = (1000, 5000, 10_000)
_BUDGETS = (10, 25, 40, 100, 125)
_ROUNDS = 3
_WORDS = (51, 32, 26, 19)  # 8192 scenarios over the experiment's kinds of release


def _measure(count: int, budget: int) -> None:
    """Print one line of the first table."""
    sys.path.insert(0, str(Path(__file__).parent))
    closure = Closure.of(read_graph(import_module("bench_closure")._document(count), "made up"))
    modelled, planned = [], []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        model = ChangeModel.of(closure)
        modelled.append(time.perf_counter() - start)
        start = time.perf_counter()
        plan = solve(closure, PlanRequest("churn", budget), model=model)
        planned.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pushed = [
        sum(layer.nar_size * (layer.change_probability or 0) for layer in one.layers)
        for one in (
            plan,
            *(solve(closure, PlanRequest(name, budget), model=model) for name in ("nixpkgs", "popularity")),
        )
    ]
    bound = lower_bound(model.scenarios.chances, closure.nar_sizes, budget)
    print(
        f"{count:6} {budget:6} {min(modelled):8.2f} {min(planned):7.2f} {memory:8.0f}"
        f" {pushed[0] / pushed[1]:9.3f} {pushed[0] / pushed[2]:10.3f} {pushed[0] / bound:6.3f}"
    )


def _closure(graph: Any) -> Closure:
    paths = [StorePath.parse(f"/nix/store/{i:032d}-{name}") for i, name in enumerate(graph.names)]
    infos = [
        PathInfo(path, size, tuple(paths[j] for j in row))
        for path, size, row in zip(paths, graph.size, graph.refs, strict=True)
    ]
    return Closure.of(PathGraph("experiment", tuple(infos)))


def _known(count: int, seed: int) -> tuple[list[float], list[float], float]:
    """Return the shares of our plans and of the experiment's for each budget, and our longest time."""
    made, best, algos = map(import_module, ("model", "best", "algos"))
    graph = made.gen(count, seed)
    regime = made.true_regime(graph, seed + 1)
    closure = _closure(graph)
    kinds = tuple(map(Kind, regime.labels, regime.weights, _WORDS))
    start = time.perf_counter()
    model = ChangeModel.sampled(closure, Rates(kinds, np.array(regime.own).T))
    search = Search(model.scenarios, closure.nar_sizes, range(count))
    taken = time.perf_counter() - start
    bits, weights = made.sample_bits(graph, regime, 4096, 5)
    weigh = made.W(weights)
    fresh, their_weights = made.sample_bits(graph, regime, 2000, 77)
    judge = made.W(their_weights)

    def pushed(layers: Sequence[Sequence[int]]) -> float:
        assert sorted(i for layer in layers for i in layer) == list(range(count))
        return float(made.cost(layers, graph.size, fresh, judge))

    ours, theirs, longest = [], [], 0.0
    for budget in _BUDGETS:
        base = pushed(algos.popularity(graph, budget))
        start = time.perf_counter()
        layers = search.layers(budget)
        longest = max(longest, time.perf_counter() - start)
        assert len(layers) <= budget
        ours.append(pushed(layers) / base)
        theirs.append(pushed(best.plan(graph, budget, bits, weigh)) / base)
    return ours, theirs, taken + longest


def _mean(rows: Sequence[Sequence[float]]) -> str:
    means = [math.exp(sum(map(math.log, column)) / len(column)) for column in zip(*rows, strict=True)]
    return " ".join(f"{mean:6.3f}" for mean in means)


def main(counts: Sequence[int]) -> None:
    """Print both tables."""
    print("  paths budget  model s  plan s   MB RSS  / nixpkgs / popularity / bound")
    for count in counts:
        for budget in (25, 100):
            subprocess.run([sys.executable, __file__, "--one", str(count), str(budget)], check=True)
    shared = os.environ.get("NIXDIVE_SHARED")
    if not shared:
        return
    sys.path.insert(0, str(Path(shared) / "prototype/layering"))
    print("\n  paths           ", " ".join(f"{budget:6}" for budget in _BUDGETS), "  seconds")
    for count in counts:
        rows = [_known(count, seed) for seed in range(3)]
        seconds = max(one for _, _, one in rows)
        print(f"{count:7} churn     ", _mean([ours for ours, _, _ in rows]), f"  {seconds:.2f}")
        print(f"{count:7} experiment", _mean([theirs for _, theirs, _ in rows]), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _measure(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main([int(word) for word in sys.argv[1:]] or _COUNTS)
