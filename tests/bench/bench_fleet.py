"""Ten services, one registry: what planning them together saves.

Run as `NIXDIVE_SHARED=... python tests/bench/bench_fleet.py [SEED...]`. The services come from the generator
of the layering experiments, and so do the other layouts; plans are made with one set of scenarios, and what
they cost is measured on another.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from nixdive.layering.change.scenarios import Scale, Scenarios
from nixdive.layering.fleet.draft import PULL, Charge
from nixdive.layering.fleet.search import search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Layouts: TypeAlias = "list[list[frozenset[int]]]"

MB = 1 << 20


def scenarios_of(bits: Sequence[int], weights: Sequence[float]) -> Scenarios:
    """Return scenarios, a whole number for each path, as rows of words.

    Each weight begins a new word."""
    edges = [0, *(i for i in range(1, len(weights)) if weights[i] != weights[i - 1]), len(weights)]
    columns, parts = [], []
    for start, end in pairwise(edges):
        words = -(-(end - start) // 64)
        mask = (1 << (end - start)) - 1
        data = b"".join([(row >> start & mask).to_bytes(8 * words, "little") for row in bits])
        columns.append(np.frombuffer(data, dtype="<u8").astype(np.uint64).reshape(len(bits), words))
        parts.append((words, round(weights[start] * (1 << 40))))
    return Scenarios(np.concatenate(columns, axis=1), Scale.of(parts), 1 << 40)


def main() -> None:
    """Print for some budgets what each way to lay out the services costs."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path(os.environ["NIXDIVE_SHARED"], "prototype", "layering")))
    for seed in [int(word) for word in sys.argv[1:]] or [0, 1]:
        services = Services(seed)
        print(services)
        for budget in (25, 40, 100):
            services.compare(budget)


class Services:
    """Ten services of the generator, and two sets of scenarios of one true regime."""

    def __init__(self, seed: int) -> None:
        self._model, self._multi = import_module("model"), import_module("multi")
        graph, self._images = self._multi.images(seed)
        self._graph = graph
        regime = self._model.true_regime(graph, seed + 1)
        bits, weights = self._model.sample_bits(graph, regime, 2048, 5)
        fresh, fresh_weights = self._model.sample_bits(graph, regime, 2000, 9)
        self._bits, self._weigh = bits, self._model.W(weights)
        self._fresh, self._fresh_weigh = fresh, self._model.W(fresh_weights)
        self._known = scenarios_of(bits, weights)
        self._seed = seed

    def __str__(self) -> str:
        """Tell how large they are."""
        held = set().union(*self._images)
        size = sum(self._graph.size[i] for i in held)
        floor = sum(self._graph.size[i] * self._fresh_weigh(self._fresh[i]) for i in held)
        return (
            f"seed {self._seed}: {len(self._images)} services, {len(held)} paths, {size / MB:.0f} MB; "
            f"every path alone {floor / MB:.1f} MB per release"
        )

    def compare(self, budget: int) -> None:
        """Print a line for each way."""
        multi = self._multi
        given = (self._graph, self._images, budget, self._bits, self._weigh)
        ways: dict[str, Callable[[], Layouts]] = {
            "popularity": partial(multi.separate, multi.popularity, *given),
            "nixpkgs": partial(multi.separate, multi.auto_layer, *given),
            "experiment alone": partial(multi.separate, multi.plan, *given),
            "experiment g=0": partial(multi.joint, *given),
            "experiment g=.2": partial(multi.joint, *given, PULL),
            "fleet g=0": partial(self._planned, budget, 0.0),
            "fleet g=.2": partial(self._planned, budget, PULL),
        }
        pushes: dict[str, float] = {}
        for name, way in ways.items():
            began = time.perf_counter()
            layouts = way()
            seconds = time.perf_counter() - began
            self._check(layouts, budget)
            push, stored, pull, node, layers = multi.evaluate(
                self._graph, layouts, self._fresh, self._fresh_weigh
            )
            pushes[name] = push
            print(
                f"  {budget:3d}  {name:16s} push {push / MB:8.1f} MB",
                f"{push / pushes['popularity']:.4f} x popularity",
                f"{push / pushes['nixpkgs']:.4f} x nixpkgs" if "nixpkgs" in pushes else " " * 16,
                f"registry {stored / MB:6.0f} MB, {layers:4d} layers",
                f"pull {pull / MB:6.1f}, of four {node / MB:6.1f}",
                f"{seconds:.2f} s",
                sep="  ",
                flush=True,
            )

    def _planned(self, budget: int, pull: float) -> Layouts:
        paths = [sorted(image) for image in self._images]
        count = len(paths)
        charge = Charge(np.ones(count, dtype=np.int64), pull)
        layers = search(self._known, self._graph.size, paths, [budget] * count, charge=charge)
        return [[frozenset(members) for members, users in layers if image in users] for image in range(count)]

    def _check(self, layouts: Layouts, budget: int) -> None:
        for layout, paths in zip(layouts, self._images, strict=True):
            assert sum(map(len, layout)) == len(paths)
            assert set().union(*layout) == paths
            assert len(layout) <= budget


if __name__ == "__main__":
    main()
