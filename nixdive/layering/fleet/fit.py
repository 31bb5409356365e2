"""Fit a draft into the budgets: merge the layers whose union costs least for each image that it helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nixdive.layering.change.arrays import Costs, Indices
    from nixdive.layering.fleet.arrays import Users
    from nixdive.layering.fleet.draft import FleetDraft


def fit(draft: FleetDraft, limits: Indices, most: float = np.inf) -> bool:
    """Merge until no image has more layers than its limit; return whether that was possible.

    Args:
        draft: the layers; where it is not possible it stays halfway.
        limits: how many layers each image may have.
        most: stop when the draft costs as much.
    """
    over: Users = draft.lengths > limits
    scores = _scores(draft, over)
    while over.any():
        row, other = divmod(int(np.argmin(scores)), len(scores))
        if scores[row, other] == np.inf:
            return False
        changed = draft.merge(row, other)
        if draft.cost >= most:
            return False
        before, over = over, draft.lengths > limits
        if (before != over).any() or len(draft.layers) != len(scores):
            scores = _scores(draft, over)
            continue
        for at in changed:
            scores[at, :] = scores[:, at] = _scored(
                draft.costs[at], draft.users[:, over] @ draft.users[at, over].astype(np.float64)
            )
    return True


def _scores(draft: FleetDraft, over: Users) -> Costs:
    helped = draft.users[:, over].astype(np.float64)
    return _scored(draft.costs, helped @ helped.T)


def _scored(costs: Costs, helped: Costs) -> Costs:
    """Return costs for each image that a merge helps; infinity where it helps none."""
    scores: Costs = np.divide(costs, helped, out=np.full_like(costs, np.inf), where=helped > 0)
    return scores
