"""What can be reached from each index, counted and weighed; the memory grows with the indices alone."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from nixdive.closure.bits import planes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_WINDOW = 8192  # bits of a set: 1 KiB for each index
_FEW = 32  # up to so many bits are counted faster one by one
_DIGITS = 3  # so many binary digits of the weights are counted while one weight is added


def reach(
    rows: Sequence[Sequence[int]], order: Sequence[int], weights: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return for each index the weight of all that it reaches, itself among them, and how many they are.

    What can be reached is a set of bits, one for each place in the order. It is cut into windows: whatever a
    place leads to is below it, so that no place below a window has a bit in it, which saves half of the work
    and bounds the memory. The weight of a set is that of the largest set that it includes, plus the weight of
    what is not in that one.

    Args:
        rows: for each index those that it leads to.
        order: the indices, each after all that it leads to.
        weights: of each index.
    """
    place = [0] * len(order)
    for position, i in enumerate(order):
        place[i] = position
    below = [sorted([place[target] for target in rows[i]], reverse=True) for i in order]
    sums, counts = [0] * len(order), [0] * len(order)
    for start in range(0, len(order), _WINDOW):
        here = [weights[i] for i in order[start : start + _WINDOW]]
        for position, (weight, number) in enumerate(_window(below, start, here), start):
            sums[order[position]] += weight
            counts[order[position]] += number
    return sums, counts


def _window(rows: Sequence[Sequence[int]], start: int, weights: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield, for each place from the start on, the weight and the count of what it reaches in the window."""
    weigh = _scale(weights)
    within: list[int] = []
    figures: list[tuple[int, int]] = []
    for position, row in enumerate(islice(rows, start, None)):
        bits = 1 << position if position < len(weights) else 0
        most = largest = size = 0
        for target in row:
            if target < start:
                break  # they are sorted
            below = within[target - start]
            bits = bits | below if bits else below  # those that lead to one alone share its set
            number = figures[target - start][1]
            if number > most:
                most, largest, size = number, below, figures[target - start][0]
        within.append(bits)
        figures.append((size + weigh(bits ^ largest), bits.bit_count()))
        yield figures[-1]


def _scale(weights: Sequence[int]) -> Callable[[int], int]:
    """Return a function that adds up the weights of the bits of a set.

    A few bits are added one by one; many bits are counted for each binary digit of the weights.
    """
    if max(weights) == min(weights) == 1:
        return int.bit_count
    few = max(_FEW, max(weights).bit_length() // _DIGITS)
    digits: list[tuple[int, int]] = []

    def weigh(bits: int) -> int:
        if bits.bit_count() < few:
            total = 0
            while bits:
                highest = bits.bit_length() - 1
                total += weights[highest]
                bits ^= 1 << highest
            return total
        if not digits:  # they take time and memory where weights have thousands of them
            digits.extend((power, plane) for power, plane in enumerate(planes(weights)) if plane)
        return sum([(bits & plane).bit_count() << power for power, plane in digits])

    return weigh
