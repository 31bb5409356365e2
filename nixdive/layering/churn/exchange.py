"""Exchange: cut one layer and merge two others, as long as that saves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nixdive.layering.churn.draft import Draft

_MOST = 400
_WORTH = 1 - 1e-9  # gains within the error of sums are none


def fill(draft: Draft, count: int) -> None:
    """Cut until there are so many layers, the cut that saves most first; only cuts that save something."""
    while len(draft) < count:
        at = max(range(len(draft)), key=lambda at: draft.cut(at).gain)
        cut = draft.cut(at)
        if cut.gain <= 0:
            return
        draft.put(at, cut.low)
        draft.add(cut.high)


def exchange(draft: Draft) -> bool:
    """Cut a layer and merge two others while that saves; return whether anything was saved."""
    if len(draft) < 3:
        return False
    costs = np.array([draft.merges(at) for at in range(len(draft))])
    for done in range(_MOST):
        at = max(range(len(draft)), key=lambda at: draft.cut(at).gain)
        cut = draft.cut(at)
        row = costs[at].copy()
        costs[at, :] = costs[:, at] = np.inf
        one, other = divmod(int(np.argmin(costs)), len(draft))
        if not costs[one, other] < cut.gain * _WORTH:
            costs[at, :] = costs[:, at] = row
            return done > 0
        merged = np.concatenate([draft.layers[one], draft.layers[other]])
        for place, layer in ((one, merged), (at, cut.low), (other, cut.high)):
            draft.put(place, layer)
        for place in (one, at, other):
            costs[place, :] = costs[:, place] = draft.merges(place)
    return True
