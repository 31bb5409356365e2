"""Scenarios: releases that may come, as bits; a set of paths is the OR of their rows.

Bits are drawn by name: the same name draws the same on any machine, whoever else is drawn for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from math import fsum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

Bits: TypeAlias = "NDArray[np.uint64]"  # rows of scenarios, 64 in each word
Weights: TypeAlias = "NDArray[np.int64]"  # of scenarios; whole numbers: sums are exact on every machine
Costs: TypeAlias = "NDArray[np.float64]"  # bytes times weight, or rates
Indices: TypeAlias = "NDArray[np.int64]"

WORD = 64
# what a byte that is pushed now weighs where only that counts: more than any release is expected to bring
_DEAR = 1e6
_DIGITS = 16  # binary digits of a rate: steps of 0.000015
_FEW = 64  # rows whose numbers are sorted at a time
_KEPT = 1 << 20  # words of sets, and of when they change, that are kept: some plans of a large closure
_ROWS = 512  # rows drawn at a time, so that the work stays in the processor's cache
_SEED = b"nixdive"
_STEP = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Scale:
    """What scenarios weigh.

    Attributes:
        starts: the words at which another weight begins; the first is 0.
        weights: of each scenario from there on, a whole number.
        each: the weights of a scenario of each word.
        whole: the same as whole numbers.
    """

    starts: Indices
    weights: Weights
    each: Costs
    whole: Weights

    @classmethod
    def of(cls, parts: Iterable[tuple[int, int]]) -> Scale:
        """Return the scale of so many words with such a weight each."""
        words, weights = zip(*parts, strict=True)
        return cls(
            np.cumsum((0, *words[:-1])),
            np.array(weights, dtype=np.int64),
            np.repeat(np.array(weights, dtype=np.float64), words),
            np.repeat(np.array(weights, dtype=np.int64), words),
        )

    def weigh(self, rows: Bits) -> Weights:
        """Return for each row, or for the only one, the weight of the bits that are set."""
        found: Weights = self.sums(rows).astype(np.int64)
        return found

    def sums(self, rows: Bits) -> Costs:
        """Return the same as floating-point numbers: they hold it exactly, and are added up much faster."""
        counts = np.bitwise_count(rows).astype(np.float64)
        # `@` takes longer to begin than the product of a row or two
        found: Costs = counts.dot(self.each) if rows.ndim < 3 else counts @ self.each
        return found


class _Sets:
    """In what scenarios sets of paths change, and with what chance; another process finds it out anew."""

    __slots__ = ("_found", "_words")

    def __init__(self) -> None:
        self._found: dict[tuple[int, ...], tuple[Bits, float]] = {}
        self._words = 0

    def __reduce__(self) -> tuple[type[_Sets], tuple[()]]:
        return _Sets, ()

    def find(self, paths: tuple[int, ...]) -> tuple[Bits, float] | None:
        """Return what is kept of a set, or None."""
        return self._found.get(paths)

    def keep(self, paths: tuple[int, ...], found: tuple[Bits, float]) -> None:
        """Keep what was found of a set, in place of all others where those have too many paths."""
        words = len(paths) + len(found[0])
        self._words += words
        if self._words > _KEPT:
            self._found, self._words = {}, words
        self._found[paths] = found


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
    _sets: _Sets = field(default_factory=_Sets, init=False, repr=False, compare=False)

    def union(self, paths: Iterable[int]) -> Bits:
        """Return the scenarios in which any of the paths changes; they cannot be written to."""
        return self._of_sets([tuple(paths)])[0][0]

    def probability(self, paths: Iterable[int]) -> float:
        """Return the chance that a release changes any of the paths."""
        return self._of_sets([tuple(paths)])[0][1]

    def _of_sets(self, sets: Sequence[tuple[int, ...]]) -> list[tuple[Bits, float]]:
        # a layer is asked about again and again: to sort it among others, for its chance, for each price, and
        # most layers of a plan are those of the plan before
        found = {paths: self._sets.find(paths) for paths in sets}
        missing = [paths for paths, known in found.items() if known is None]
        for paths, one in zip(missing, self._looked_up(missing), strict=True):
            found[paths] = one
            self._sets.keep(paths, one)
        return [known for paths in sets if (known := found[paths]) is not None]

    def _looked_up(self, sets: Sequence[tuple[int, ...]]) -> Iterable[tuple[Bits, float]]:
        """Return for each set of paths, none of several empty, its scenarios and its chance."""
        if len(sets) > 1:
            starts = np.cumsum([0, *map(len, sets[:-1])])
            rows = self.bits.take([i for paths in sets for i in paths], axis=0)
            unions = np.bitwise_or.reduceat(rows, starts, axis=0)
        elif sets:
            unions = np.bitwise_or.reduce(self.bits[list(sets[0])], axis=0)[None]
        else:
            return ()
        unions.flags.writeable = False
        return zip(unions, (weight / self.total for weight in self.scale.weigh(unions).tolist()), strict=True)

    @property
    def chances(self) -> Costs:
        """For each path the chance that a release changes it."""
        return self.scale.weigh(self.bits) / self.total

    def price(self, horizon: int) -> float:
        """Return what a byte that is pushed at once weighs, spread over the next releases.

        Args:
            horizon: how many releases; with 0 it weighs more than all that they could bring.
        """
        return self.total / horizon if horizon else self.total * _DEAR

    def expected(self, layers: Iterable[Sequence[int]], sizes: Sequence[int]) -> float:
        """Return the bytes that a release sends again: those of each layer times its chance of change."""
        some = [tuple(layer) for layer in layers if layer]
        whole = [sum(map(sizes.__getitem__, layer)) for layer in some]
        found = zip(whole, self._of_sets(some), strict=True)
        return fsum(size * chance for size, (_, chance) in found)


def draw(names: Sequence[str], rates: Costs, words: Sequence[int], exactly: Sequence[int] = ()) -> Bits:
    """Return for each name the scenarios in which its event happens.

    Each bit is the comparison of a random number, which only the name and the place of the bit decide, with
    the rate, digit by digit. So a rate that grows a little adds a few bits and takes none away.

    Args:
        names: what the draws are keyed by.
        rates: a row for each name, a column for each kind of release: the chance from 0 to 1.
        words: how many words of scenarios each kind has.
        exactly: rows that get as many bits as their rates say, to the nearest whole one, and not as many as
            chance has it.
    """
    seeds = np.frombuffer(
        b"".join(
            [
                blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8, key=_SEED).digest()
                for name in names
            ]
        ),
        dtype="<u8",
    ).astype(np.uint64)
    kinds = np.repeat(np.arange(len(words)), words)
    levels = np.rint(np.clip(rates, 0.0, 1.0) * (1 << _DIGITS)).astype(np.int64)
    found = np.zeros((len(names), len(kinds)), dtype=np.uint64)
    for start in range(0, len(names), _ROWS):
        rows = slice(start, start + _ROWS)
        found[rows] = _compare(seeds[rows], levels[rows], kinds)
    for start in range(0, len(exactly), _FEW):
        few = list(exactly[start : start + _FEW])
        found[few] = _counted(seeds[few], np.clip(rates[few], 0.0, 1.0), words)
    return found


def _counted(seeds: Bits, rates: Costs, words: Sequence[int]) -> Bits:
    """Return the bits whose random numbers are lowest, as many in each kind as its rate says.

    The numbers are those that `_compare` holds against the rate, so that few bits differ from what it gives.
    """
    columns = np.arange(sum(words), dtype=np.uint64) * np.uint64(_DIGITS)
    numbers = np.zeros((len(seeds), sum(words) * WORD), dtype=np.uint16)
    for digit in range(_DIGITS):
        noise = _mixed(seeds[:, None] + (columns + np.uint64(digit + 1)) * _STEP)
        ones = np.unpackbits((~noise).astype("<u8").view(np.uint8), axis=1, bitorder="little")
        numbers |= ones.astype(np.uint16) << np.uint16(digit)
    flags = np.zeros(numbers.shape, dtype=np.uint8)
    start = 0
    for kind, count in enumerate(words):
        place = slice(start, start + count * WORD)
        lowest = np.argsort(numbers[:, place], axis=1, kind="stable")
        wanted = np.rint(rates[:, kind] * count * WORD)
        taken = np.arange(count * WORD) < wanted[:, None]
        np.put_along_axis(flags[:, place], lowest, taken.astype(np.uint8), axis=1)
        start = place.stop
    return np.packbits(flags, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def _compare(seeds: Bits, levels: np.ndarray, kinds: np.ndarray) -> Bits:
    drawn = np.zeros((len(seeds), len(kinds)), dtype=np.uint64)
    columns = np.arange(len(kinds), dtype=np.uint64) * np.uint64(_DIGITS)
    for digit in range(_DIGITS):
        ones = (levels >> digit & 1).astype(bool)[:, kinds]
        noise = _mixed(seeds[:, None] + (columns + np.uint64(digit + 1)) * _STEP)
        drawn = np.where(ones, drawn | noise, drawn & noise)
    drawn[(levels >> _DIGITS > 0)[:, kinds]] = ~np.uint64(0)
    return drawn


def _mixed(numbers: Bits) -> Bits:
    """Return numbers whose bits look random: splitmix64 (Steele, Lea, Flood: Fast Splittable PRNGs, 2014)."""
    numbers ^= numbers >> np.uint64(30)
    numbers *= np.uint64(0xBF58476D1CE4E5B9)
    numbers ^= numbers >> np.uint64(27)
    numbers *= np.uint64(0x94D049BB133111EB)
    numbers ^= numbers >> np.uint64(31)
    return numbers
