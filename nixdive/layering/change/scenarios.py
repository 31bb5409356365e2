"""Scenarios: releases that may come, as bits; a set of paths is the OR of their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.layering.change.arrays import Bits, Costs, Indices, Weights

WORD = 64


@dataclass(frozen=True, slots=True)
class Scale:
    """What scenarios weigh.

    Attributes:
        starts: the words at which another weight begins; the first is 0.
        weights: of each scenario from there on, a whole number.
    """

    starts: Indices
    weights: Weights

    @classmethod
    def of(cls, parts: Iterable[tuple[int, int]]) -> Scale:
        """Return the scale of so many words with such a weight each."""
        words, weights = zip(*parts, strict=True)
        return cls(np.cumsum((0, *words[:-1])), np.array(weights, dtype=np.int64))

    def weigh(self, rows: Bits) -> Weights:
        """Return for each row, or for the only one, the weight of the bits that are set."""
        counts = np.add.reduceat(np.bitwise_count(rows), self.starts, axis=-1, dtype=np.uint16)
        found: Weights = counts @ self.weights
        return found


@dataclass(frozen=True, slots=True)
class Scenarios:
    """For each path the scenarios in which its hash changes.

    Attributes:
        bits: a row for each path, a bit for each scenario.
        scale: what a scenario weighs.
        total: the weight of all scenarios together.
    """

    bits: Bits
    scale: Scale
    total: int

    def union(self, paths: Iterable[int]) -> Bits:
        """Return the scenarios in which any of the paths changes."""
        found: Bits = np.bitwise_or.reduce(self.bits[list(paths)], axis=0)
        return found

    def probability(self, paths: Iterable[int]) -> float:
        """Return the chance that a release changes any of the paths."""
        return float(self.scale.weigh(self.union(paths))) / self.total

    @property
    def chances(self) -> Costs:
        """For each path the chance that a release changes it."""
        return self.scale.weigh(self.bits) / self.total

    def expected(self, layers: Iterable[Sequence[int]], sizes: Sequence[int]) -> float:
        """Return the bytes that a release sends again: those of each layer times its chance of change."""
        return sum(sum(sizes[i] for i in layer) * self.probability(layer) for layer in layers)
