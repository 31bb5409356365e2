"""Sets of indices as integers: bit i stands for index i; a union of thousands of paths is one operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def members(mask: int) -> list[int]:
    """Return the indices in the set, ascending."""
    digits = bin(mask)[:1:-1]
    found = []
    at = digits.find("1")
    while at >= 0:
        found.append(at)
        at = digits.find("1", at + 1)
    return found


def mask_of(indices: Iterable[int], size: int) -> int:
    """Return the set of the indices, each less than `size`."""
    digits = bytearray(b"0" * (size + 1))
    for i in indices:
        digits[-1 - i] = 49
    return int(digits, 2)


def planes(weights: Sequence[int]) -> tuple[int, ...]:
    """Return for each binary digit of the weights, lowest first, the set of indices that have it."""
    width = max((weight.bit_length() for weight in weights), default=0)
    if not width:
        return ()
    rows = "".join([format(weight, f"0{width}b") for weight in reversed(weights)])
    return tuple(int(rows[column::width], 2) for column in reversed(range(width)))


def weigh(mask: int, weight_planes: Sequence[int]) -> int:
    """Return the sum of the weights of the indices in the set; `weight_planes` comes from `planes`."""
    return sum([(mask & plane).bit_count() << digit for digit, plane in enumerate(weight_planes)])


def gathered(rows: Sequence[Sequence[int]], order: Iterable[int], marks: Sequence[int]) -> list[int]:
    """Return for each index the union of its marks and of those of all that can be reached from it.

    Args:
        rows: for each index those that it leads to.
        order: the indices, each after all that it leads to.
        marks: a set for each index.
    """
    found = list(marks)
    for i in order:
        union = found[i]
        for target in rows[i]:
            union |= found[target]
        found[i] = union
    return found
