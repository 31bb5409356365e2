"""Fit a draft into the budgets: merge the layers whose union costs least for each image that it helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from nixdive.layering.fleet.draft import Charge, FleetDraft, counted
from nixdive.processors import Spread, processors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.scenarios import Costs, Indices
    from nixdive.layering.churn.atoms import Atoms
    from nixdive.layering.fleet.draft import Users

# merges that help many images at once leave less to be merged later; found by trying
_REACH = 1.4
_AT_ONCE = 100  # images that are fitted together to the end
_FEW = 2000  # layers up to which it is not worth it to start processes
_PART = 16  # else so many at a time
_PAIRS = 1 << 15  # looked at together, so that the work stays in the processor's cache
_MOST = 3 / 4  # where more of the rows are asked for, it is quicker to look at all


def fit(draft: FleetDraft, limits: Indices, most: float = np.inf, merges: int | None = None) -> bool:
    """Merge until no image has more layers than its limit; return whether that was possible.

    Args:
        draft: the layers; where it is not possible it stays halfway.
        limits: how many layers each image may have.
        most: stop when the draft costs as much.
        merges: stop after so many.
    """
    over: Users = draft.lengths > limits
    if not over.any():
        return True
    found = _Merges(draft, over)
    made = 0
    while made != merges and (pair := found.best()) is not None:
        changed = draft.merge(*pair)
        made += 1
        if most < np.inf and draft.cost >= most:
            return False
        over = draft.lengths > limits
        if not over.any():
            return True
        found.update(changed, over)
    return False


def fit_in_parts(draft: FleetDraft, limits: Indices) -> FleetDraft:
    """Return a draft of many images within their limits; the time grows hardly faster than their number.

    The first merges, as many as there are layers, help many images each, and are chosen for all of them. What
    is left to be merged is used by few images each, and is chosen for some of the images at a time; what they
    merge alike is still one layer.
    """
    kinds = len(draft.charge.images)
    if kinds <= _AT_ONCE or fit(draft, limits, merges=len(draft.rows)):
        fit(draft, limits)
        return draft
    parts = [slice(start, start + _PART) for start in range(0, kinds, _PART)]
    asked = [_Part.of(draft, limits, some) for some in parts]
    jobs = processors() if len(draft.rows) > _FEW else 1
    layers: list[tuple[Indices, Users]] = []
    with Spread(_fitted, draft.atoms, asked, jobs) as spread:
        for some, found in zip(parts, spread.results(), strict=True):
            for layer, users in found:
                all_users: Users = np.zeros(kinds, dtype=bool)
                all_users[some] = users
                layers.append((layer, all_users))
    return FleetDraft(draft.atoms, draft.charge, layers)


class _Part(NamedTuple):
    """Some images of a draft: what their layers cost, the layers, and how many each image may have."""

    charge: Charge
    layers: list[tuple[Indices, Users]]
    limits: Indices

    @classmethod
    def of(cls, draft: FleetDraft, limits: Indices, some: slice) -> Self:
        rows = np.flatnonzero(draft.users[:, some].any(axis=1)).tolist()
        layers = [(draft.layers[row], draft.users[row, some].copy()) for row in rows]
        return cls(Charge(draft.charge.images[some], draft.charge.pull), layers, limits[some])


def _fitted(atoms: Atoms, part: _Part) -> list[tuple[Indices, Users]]:
    draft = FleetDraft(atoms, part.charge, part.layers)
    fit(draft, part.limits)
    return [(draft.layers[row], draft.users[row]) for row in draft.rows]


class _Merges:
    """For each layer the merge that costs least for each image over its limit that it helps.

    A score is worked out when it may be the least of all, not for every pair: those of two layers that stay
    as they are only grow, because fewer and fewer images are over their limit. So what was known of a layer
    bounds it from below.
    """

    def __init__(self, draft: FleetDraft, over: Users) -> None:
        self._draft = draft
        self._over = over
        self._needy = draft.charge.packed(over)
        self._least = np.full(len(draft.layers), np.inf)
        self._second = self._least.copy()  # what those with all but the nearest cost at least
        self._nearest = np.zeros(len(draft.layers), dtype=np.int64)
        self._exact = np.zeros(len(draft.layers), dtype=bool)  # else the least is a bound from below
        self._within: Indices | slice = slice(None)
        self._rows = self._asked()
        rows = np.flatnonzero(draft.counts)
        step = max(_PAIRS // max(len(self._rows), 1), 1)
        for start in range(0, len(rows), step):
            self._look(rows[start : start + step])

    def best(self) -> tuple[int, int] | None:
        """Return the rows to merge, or None where no merge helps."""
        while True:
            at = int(np.argmin(self._least))
            if self._least[at] == np.inf:
                return None
            if self._exact[at]:
                return at, int(self._nearest[at])
            self._look(np.array([at]))

    def update(self, changed: Sequence[int], over: Users) -> None:
        """Look at rows that have changed, now that these kinds of images are over their limit."""
        draft = self._draft
        added = len(draft.layers) - len(self._least)
        if added:
            self._least = np.pad(self._least, (0, added), constant_values=np.inf)
            self._second = np.pad(self._second, (0, added), constant_values=np.inf)
            self._nearest = np.pad(self._nearest, (0, added))
            self._exact = np.pad(self._exact, (0, added))
        if (over != self._over).any():
            self._exact[draft.users[:, self._over & ~over].any(axis=1)] = False
            self._over = over
            self._needy = draft.charge.packed(over)
        self._rows = self._asked()
        for row in changed:
            lost = self._nearest == row
            self._least[lost] = self._second[lost]
            self._exact[lost] = False
        touched = np.array(changed)
        self._least[touched] = self._second[touched] = np.inf
        alive = touched[draft.counts[touched] > 0]
        if len(alive):
            for row, scores in zip(alive.tolist(), self._look(alive), strict=True):
                self._compare(row, scores)

    def _compare(self, row: int, scores: Costs) -> None:
        """Note for all other rows what their merge with one that has changed costs."""
        least, second = self._least[self._within], self._second[self._within]
        closer = scores < least
        self._second[self._within] = np.where(closer, least, np.minimum(second, scores))
        rows = self._rows[closer]
        self._least[rows] = scores[closer]
        self._nearest[rows] = row
        self._exact[rows] = True

    def _asked(self) -> Indices:
        """Return the rows that images over their limit use, or all where that is most of them."""
        rows: Indices = np.flatnonzero((self._draft.images & self._needy).any(axis=1))
        self._within = rows
        if len(rows) >= _MOST * len(self._least):
            self._within = slice(None)
            rows = np.arange(len(self._least))
        return rows

    def _look(self, rows: Indices) -> Costs:
        """Work out the scores of some rows with all others that matter, and note the least; return them."""
        draft, others = self._draft, self._within
        costs = draft.merges(rows, others)
        helped = counted(draft.images[rows][:, None] & (draft.images[others] & self._needy))
        helped **= _REACH
        scores: Costs = np.divide(costs, helped, out=np.full_like(costs, np.inf), where=helped > 0)
        nearest = scores.argmin(axis=1)
        self._least[rows] = scores[np.arange(len(rows)), nearest]
        self._nearest[rows] = self._rows[nearest]
        self._exact[rows] = True
        found = scores.copy()
        found[np.arange(len(rows)), nearest] = np.inf
        self._second[rows] = found.min(axis=1)
        return scores
