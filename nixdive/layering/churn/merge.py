"""Bottom-up: merge the two layers whose union costs least, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.arrays import Costs, Indices
    from nixdive.layering.churn.atoms import Atoms


class BottomUp:
    """The merges of some layers, down to one layer; they are made once, for every number of layers.

    Args:
        atoms: what the layers are made of.
        layers: the atoms of each.
        again: for each layer what it costs besides to change it at all; nothing where it is not given.

    Attributes:
        costs: bytes times weight of all layers together: at the start, and after each merge.
    """

    def __init__(self, atoms: Atoms, layers: Sequence[Indices], again: Costs | None = None) -> None:
        draft = Draft(atoms, layers)
        self.costs = [draft.cost]
        self._layers = layers
        self._merges = _merges(draft, self.costs, np.zeros(len(draft)) if again is None else again.copy())

    def layers(self, count: int) -> list[Indices]:
        """Return the layers after as many merges as leave so many."""
        groups = {at: [layer] for at, layer in enumerate(self._layers)}
        for at, other in self._merges[: max(len(self._layers) - count, 0)]:
            groups[at] += groups.pop(other)
        return [np.concatenate(group) for group in groups.values()]


def _merges(draft: Draft, costs_after: list[float], again: Costs) -> list[tuple[int, int]]:
    """Return which layer takes which one in, in the order of the merges; note the cost after each."""
    made: list[tuple[int, int]] = []
    costs = np.array([draft.merges(at) + again + again[at] for at in range(len(draft))])
    nearest = costs.argmin(axis=1)
    least = costs[np.arange(len(draft)), nearest]
    alive = np.ones(len(draft), dtype=bool)
    while len(made) < len(draft) - 1:
        at = int(np.argmin(least))
        other = int(nearest[at])
        made.append((at, other))
        costs_after.append(costs_after[-1] + float(least[at]))
        draft.take(at, other)
        alive[other] = False
        again[at] = 0.0
        row = draft.merges(at) + again
        row[~alive] = np.inf
        stale = alive & ((nearest == at) | (nearest == other))
        costs[other, :] = costs[:, other] = np.inf
        costs[at, :] = costs[:, at] = row
        least[other] = np.inf
        closer = row < least
        nearest[closer], least[closer] = at, row[closer]
        stale[at] = True
        _search(costs, nearest, least, np.flatnonzero(stale))
    return made


def _search(costs: Costs, nearest: Indices, least: Costs, rows: Indices) -> None:
    nearest[rows] = costs[rows].argmin(axis=1)
    least[rows] = costs[rows, nearest[rows]]
