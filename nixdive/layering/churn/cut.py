"""The best way to cut a layer in two."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from nixdive.layering.change.arrays import Indices
    from nixdive.layering.churn.atoms import Atoms


class Cut(NamedTuple):
    """A layer in two parts.

    Attributes:
        gain: bytes times weight that the cut saves; 0 where no cut saves anything.
        low: the atoms of one part.
        high: those of the other.
    """

    gain: float
    low: Indices
    high: Indices


def best_cut(atoms: Atoms, layer: Indices) -> Cut:
    """Return the best of all cuts between neighbours in one of the atoms' orders."""
    best = Cut(0.0, layer, layer[:0])
    if len(layer) < 2:
        return best
    for places in atoms.orders:
        order = layer[np.argsort(places[layer], kind="stable")]
        bits = atoms.bits[order]
        low = atoms.weigh(np.bitwise_or.accumulate(bits, axis=0))
        high = atoms.weigh(np.bitwise_or.accumulate(bits[::-1], axis=0))[::-1]
        below = np.cumsum(atoms.sizes[order])
        costs = below[:-1] * low[:-1] + (below[-1] - below[:-1]) * high[1:]
        at = int(np.argmin(costs))
        gain = float(below[-1] * low[-1] - costs[at])
        if gain > best.gain:
            best = Cut(gain, order[: at + 1], order[at + 1 :])
    return best
