"""Closures and scenarios made up for the tests of layering, and what layers cost, worked out naively."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.layering.change.scenarios import Scale, Scenarios
from nixdive.store.path import PathGraph, PathInfo, StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PLAN_FILE = """\
# reviewed by the release team
format = "nixdive.plan/1"
max_layers = 60   # leaves room for the base
strategy = 'size'

[[pin]]
layer = "runtime"
paths = ["python3-3.*", "openssl-*"]   # bumped together

[rates]
myapp = 1.0   # every release
glibc = 0.02

[[layer]]
packages = ["glibc", "libgcc"]
"""
SEEDS = st.integers(0, (1 << 32) - 1)


def store_path(name: str, number: int) -> StorePath:
    """A store path with this name, whose hash is a number."""
    return StorePath.parse(f"/nix/store/{number:032d}-{name}")


def closure_of(
    rows: Sequence[Iterable[int]],
    names: Sequence[str] | None = None,
    sizes: Sequence[int] | None = None,
    hashes: Sequence[int] | None = None,
) -> Closure:
    """Rows of references; unless hashes are given, the indices are those of the rows."""
    called = names or [f"p{i}" for i in range(len(rows))]
    numbers = hashes or range(len(rows))
    paths = [store_path(name, number) for name, number in zip(called, numbers, strict=True)]
    infos = [
        PathInfo(paths[i], sizes[i] if sizes else 1000, tuple(paths[j] for j in row))
        for i, row in enumerate(rows)
    ]
    return Closure.of(PathGraph("made", tuple(infos)))


def version(rows: Sequence[Iterable[int]], names: Sequence[str], own: Sequence[int]) -> Closure:
    """A release: each path has a hash that tells what it is made of and of all that it refers to.

    Args:
        rows: references, each to an earlier row.
        names: of the paths.
        own: for each path how often it has changed by itself.
    """
    hashes: list[int] = []
    for i, row in enumerate(rows):
        hashes.append(hash((i, own[i], *(hashes[j] for j in row))) % 10**30)
    return closure_of(rows, names, hashes=hashes)


def random_closure(seed: int, most: int = 60) -> Closure:
    """Paths of several packages and versions, with references and sizes over many orders."""
    dice = np.random.default_rng(seed)
    count = int(dice.integers(1, most, endpoint=True))
    rows = [
        sorted(set(dice.integers(0, i, int(dice.integers(0, min(i, 4), endpoint=True))).tolist()))
        if i
        else []
        for i in range(count)
    ]
    ends = ("", "-1.0", "-1.0-bin", "-2.0", "-data", "-config")
    names = [f"p{dice.integers(0, count)}{ends[dice.integers(0, len(ends))]}" for _ in range(count)]
    sizes = [0 if dice.random() < 0.1 else int(dice.lognormal(10, 2.5)) for _ in range(count)]
    return closure_of(rows, names, sizes)


def random_scenarios(seed: int, count: int) -> tuple[Scenarios, list[int]]:
    """Scenarios in which paths change by themselves or because of others, and sizes."""
    dice = np.random.default_rng(seed)
    words = (4, 8)
    rates = dice.choice([0.0, 0.01, 0.1, 0.3, 0.9], (count, 1)) * dice.uniform(0, 1, (count, sum(words) * 64))
    flags = dice.random(rates.shape) < rates
    for i in range(1, count):
        for j in dice.integers(0, i, int(dice.integers(0, 3))).tolist():
            flags[i] |= flags[j]
    bits = np.packbits(flags, axis=1, bitorder="little").view("<u8").astype(np.uint64)
    sizes = [0 if dice.random() < 0.1 else int(dice.lognormal(10, 2)) for _ in range(count)]
    weights = [int(weight) for weight in dice.integers(1, 1 << 20, 2)]
    total = sum(64 * some * weight for some, weight in zip(words, weights, strict=True))
    return Scenarios(bits, Scale.of(zip(words, weights, strict=True)), total), sizes


def flags_of(bits: np.ndarray) -> list[list[bool]]:
    """Rows of scenarios, one by one."""
    return [[bool(int(word) >> at & 1) for word in row for at in range(64)] for row in bits]


def weights_of(scenarios: Scenarios) -> list[int]:
    """What each single scenario weighs."""
    ends = [*scenarios.scale.starts.tolist()[1:], scenarios.bits.shape[1]]
    weights: list[int] = []
    for end, weight in zip(ends, scenarios.scale.weights.tolist(), strict=True):
        weights += [weight] * (end * 64 - len(weights))
    return weights


def subset_costs(scenarios: Scenarios, sizes: Sequence[int]) -> list[int]:
    """For each set of paths, as bits of the place in the list, what it costs as a layer, exactly."""
    weights = weights_of(scenarios)
    rows = [sum(flag << at for at, flag in enumerate(row)) for row in flags_of(scenarios.bits)]
    levels = sorted(set(weights))
    masks = [sum((weight == level) << at for at, weight in enumerate(weights)) for level in levels]
    costs = []
    for chosen in range(1 << len(sizes)):
        union = size = 0
        for i, row in enumerate(rows):
            if chosen >> i & 1:
                union |= row
                size += sizes[i]
        costs.append(
            size * sum(level * (union & mask).bit_count() for level, mask in zip(levels, masks, strict=True))
        )
    return costs


def partitions(count: int) -> Iterator[list[int]]:
    """All partitions of so many things, each part as bits."""
    parts: list[int] = []

    def place(i: int) -> Iterator[list[int]]:
        if i == count:
            yield parts
            return
        for at in range(len(parts)):
            parts[at] |= 1 << i
            yield from place(i + 1)
            parts[at] ^= 1 << i
        parts.append(1 << i)
        yield from place(i + 1)
        parts.pop()

    return place(0)


def optima(scenarios: Scenarios, sizes: Sequence[int]) -> list[int]:
    """The least cost in at most one layer, two layers and so on: of all partitions there are."""
    costs = subset_costs(scenarios, sizes)
    best = [costs[-1]] * len(sizes)
    for parts in partitions(len(sizes)):
        cost = sum([costs[part] for part in parts])
        best[len(parts) - 1] = min(best[len(parts) - 1], cost)
    for at in range(1, len(best)):
        best[at] = min(best[at], best[at - 1])
    return best


def cost_of(scenarios: Scenarios, sizes: Sequence[int], layers: Iterable[Sequence[int]]) -> int:
    """What layers cost, exactly: bytes times weight."""
    weigh = scenarios.scale.weigh
    return sum(sum(sizes[i] for i in layer) * int(weigh(scenarios.union(layer))) for layer in layers)
