"""Fit a draft into the budgets: merge the layers whose union costs least for each image that it helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nixdive.layering.change.scenarios import Costs, Indices
    from nixdive.layering.fleet.draft import FleetDraft, Users


def fit(draft: FleetDraft, limits: Indices, most: float = np.inf) -> bool:
    """Merge until no image has more layers than its limit; return whether that was possible.

    Args:
        draft: the layers; where it is not possible it stays halfway.
        limits: how many layers each image may have.
        most: stop when the draft costs as much.
    """
    scores = Scores(draft, draft.lengths > limits)
    while scores.over.any():
        pair = scores.best()
        if pair is None:
            return False
        changed = draft.merge(*pair)
        if draft.cost >= most:
            return False
        over: Users = draft.lengths > limits
        if (over != scores.over).any() or not scores.update(changed):
            scores = Scores(draft, over)
    return True


class Scores:
    """What each merge costs for each image that it helps, among the layers of the images over their limit."""

    def __init__(self, draft: FleetDraft, over: Users) -> None:
        self.over = over
        self._draft = draft
        self._rows = np.flatnonzero(draft.users[:, over].any(axis=1))
        self._place = {row: at for at, row in enumerate(self._rows.tolist())}
        self._helped = np.packbits(draft.users[np.ix_(self._rows, np.flatnonzero(over))], axis=1)
        costs = draft.costs[np.ix_(self._rows, self._rows)]
        self._scores = _scored(costs, _common(self._helped[:, None], self._helped))

    def best(self) -> tuple[int, int] | None:
        """Return the rows to merge, or None where no merge helps."""
        if not len(self._rows):
            return None
        at = int(np.argmin(self._scores))
        if self._scores.flat[at] == np.inf:
            return None
        one, other = divmod(at, len(self._rows))
        return int(self._rows[one]), int(self._rows[other])

    def update(self, changed: Sequence[int]) -> bool:
        """Look at rows that have changed; return whether that is enough, since they were looked at before."""
        if not self._place.keys() >= set(changed):
            return False
        places = [self._place[row] for row in changed]
        self._helped[places] = np.packbits(self._draft.users[list(changed)][:, self.over], axis=1)
        for at, row in zip(places, changed, strict=True):
            common = _common(self._helped, self._helped[at])
            found = _scored(self._draft.costs[row, self._rows], common)
            self._scores[at, :] = self._scores[:, at] = found
        return True


def _common(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return how many images sets of them have in common."""
    # a product of matrices would do, but its threads cost more than they bring
    counts: NDArray[np.int64] = np.bitwise_count(first & second).sum(axis=-1, dtype=np.int64)
    return counts


def _scored(costs: Costs, helped: NDArray[np.int64]) -> Costs:
    """Return costs for each image that a merge helps; infinity where it helps none."""
    scores: Costs = np.divide(costs, helped, out=np.full_like(costs, np.inf), where=helped > 0)
    return scores
