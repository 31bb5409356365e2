"""How many requests waited for one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


class Timed(Protocol):
    """What began and ended, in seconds of one clock."""

    began: float
    ended: float


def in_turn(log: Iterable[Timed]) -> int:
    """Return how many waited for the one before: the longest chain in which none overlaps the next."""
    return max(turns(log), default=0)


def turns(log: Iterable[Timed]) -> list[int]:
    """Return the length of the longest such chain that ends with each, in the order in which they began."""
    chain: list[tuple[float, int]] = []  # ends, and the lengths
    for one in sorted(log, key=lambda one: one.began):
        before = max((count for ended, count in chain if ended <= one.began), default=0)
        chain.append((one.ended, before + 1))
    return [length for _, length in chain]
