"""Draws that are keyed by name: the same name draws the same on any machine, whoever else is drawn for."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.arrays import Bits, Costs

_DIGITS = 16  # binary digits of a rate: steps of 0.000015
_ROWS = 512  # rows drawn at a time, so that the work stays in the processor's cache
_SEED = b"nixdive"


def draw(names: Sequence[str], rates: Costs, words: Sequence[int]) -> Bits:
    """Return for each name the scenarios in which its event happens.

    Each bit is the comparison of a random number, which only the name and the place of the bit decide, with
    the rate, digit by digit. So a rate that grows a little adds a few bits and takes none away.

    Args:
        names: what the draws are keyed by.
        rates: a row for each name, a column for each kind of release: the chance from 0 to 1.
        words: how many words of scenarios each kind has.
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
    return found


def _compare(seeds: Bits, levels: np.ndarray, kinds: np.ndarray) -> Bits:
    drawn = np.zeros((len(seeds), len(kinds)), dtype=np.uint64)
    columns = np.arange(len(kinds), dtype=np.uint64) * np.uint64(_DIGITS)
    for digit in range(_DIGITS):
        ones = (levels >> digit & 1).astype(bool)[:, kinds]
        noise = _mixed(seeds[:, None] + (columns + np.uint64(digit + 1)) * _STEP)
        drawn = np.where(ones, drawn | noise, drawn & noise)
    drawn[(levels >> _DIGITS > 0)[:, kinds]] = ~np.uint64(0)
    return drawn


_STEP = np.uint64(0x9E3779B97F4A7C15)


def _mixed(numbers: Bits) -> Bits:
    """Return numbers whose bits look random: splitmix64 (Steele, Lea, Flood: Fast Splittable PRNGs, 2014)."""
    numbers ^= numbers >> np.uint64(30)
    numbers *= np.uint64(0xBF58476D1CE4E5B9)
    numbers ^= numbers >> np.uint64(27)
    numbers *= np.uint64(0x94D049BB133111EB)
    numbers ^= numbers >> np.uint64(31)
    return numbers
