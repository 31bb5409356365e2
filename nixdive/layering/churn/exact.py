"""The exact optimum of a few atoms: branch and bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nixdive.layering.change.arrays import Indices
    from nixdive.layering.churn.atoms import Atoms

MOST = 11  # atoms; the number of partitions grows very fast


def optimum(atoms: Atoms, count: int, known: float) -> list[Indices] | None:
    """Return the layers that cost least of all partitions into at most so many.

    Args:
        atoms: at most MOST.
        count: layers.
        known: a cost that is already had; None is returned where nothing is cheaper.
    """
    bits = [int.from_bytes(np.ascontiguousarray(row).astype("<u8").tobytes(), "little") for row in atoms.bits]
    masks = _masks(atoms)
    sizes = atoms.sizes.tolist()
    order = sorted(range(len(atoms)), key=lambda i: -sizes[i] * float(atoms.weights[i]))
    weights: dict[int, float] = {}

    def weigh(row: int) -> float:
        found = weights.get(row)
        if found is None:
            found = weights[row] = float(sum(scale * (row & mask).bit_count() for mask, scale in masks))
        return found

    best = known * (1 - 1e-9)
    home = [0] * len(order)
    found: list[int] | None = None
    alone = [sizes[i] * weigh(bits[i]) for i in order]
    left = [sum(alone[at:]) for at in range(len(order) + 1)]  # no atom costs less than it does alone
    layers: list[tuple[float, int, float]] = []

    def place(at: int, cost: float) -> None:
        nonlocal best, found
        if cost + left[at] >= best:
            return
        if at == len(order):
            best, found = cost, home.copy()
            return
        i = order[at]
        for number, (size, row, before) in enumerate(layers):
            union = row | bits[i]
            after = (size + sizes[i]) * weigh(union)
            layers[number] = (size + sizes[i], union, after)
            home[at] = number
            place(at + 1, cost - before + after)
            layers[number] = (size, row, before)
        if len(layers) < count:
            home[at] = len(layers)
            layers.append((sizes[i], bits[i], alone[at]))
            place(at + 1, cost + alone[at])
            layers.pop()

    place(0, 0.0)
    if found is None:
        return None
    groups: dict[int, list[int]] = {}
    for i, number in zip(order, found, strict=True):
        groups.setdefault(number, []).append(i)
    return [np.array(sorted(group), dtype=np.int64) for group in groups.values()]


def _masks(atoms: Atoms) -> list[tuple[int, int]]:
    """Return for each weight the scenarios that have it."""
    starts = [*atoms.scale.starts.tolist(), atoms.bits.shape[1]]
    ranges = zip(starts[:-1], starts[1:], atoms.scale.weights.tolist(), strict=True)
    return [((1 << 64 * end) - (1 << 64 * start), weight) for start, end, weight in ranges]
