"""Fit a draft into the budgets: merge the layers whose union costs least for each image that it helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from nixdive.layering import speedup
from nixdive.layering.fleet.draft import Charge, FleetDraft, counted
from nixdive.processors import Spread, workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.layering.change.scenarios import Costs, Indices
    from nixdive.layering.churn.atoms import Atoms
    from nixdive.layering.fleet.draft import Users

# merges that help many images at once leave less to be merged later; found by trying
REACH = 1.2
_SHARE = 8  # of the layers one in so many is merged at a time
_AT_ONCE = 100  # images that are fitted together to the end
_FEW = 2000  # layers up to which it is not worth it to start processes
_PART = 16  # else so many at a time
_PAIRS = 1 << 15  # looked at together, so that the work stays in the processor's cache
_TABLE = 8000  # layers up to which pairs are kept in a table, which takes 8 bytes for each: half a GB
_GROWN = 2  # times as many have room in it from the beginning: copying it takes longer than all else
_MOST = 3 / 4  # where more of the rows are asked for, it is quicker to look at all


def fit(draft: FleetDraft, limits: Indices, most: float = np.inf, merges: int | None = None) -> bool:
    """Merge until no image has more layers than its limit; return whether that was possible.

    Args:
        draft: the layers; where it is not possible it stays halfway.
        limits: how many layers each image may have.
        most: stop when the draft costs as much.
        merges: stop after so many, or a few more.
    """
    if not (draft.lengths > limits).any():
        return True
    found = _Merges(draft, limits)
    made = 0
    while merges is None or made < merges:
        pairs = found.best(max(int(np.count_nonzero(draft.counts)) // _SHARE, 1))
        if not pairs:
            break
        changed = draft.merge_all(pairs)
        made += len(pairs)
        if most < np.inf and draft.cost >= most:
            return False
        if not found.update(changed):
            return True
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
    jobs = workers() if len(draft.rows) > _FEW else 1
    layers: list[tuple[Indices, Users]] = []
    with Spread(_fitted, draft.atoms, asked, jobs) as spread:
        for some, found in zip(parts, spread.results(), strict=True):
            for layer, users in found:
                all_users: Users = np.zeros(kinds, dtype=bool)
                all_users[some] = users
                layers.append((layer, all_users))
    return FleetDraft(draft.atoms, draft.charge, layers)


class _Part(NamedTuple):
    """Some images of a draft.

    Attributes:
        charge: what their layers cost.
        layers: the layers.
        limits: how many each image may have.
    """

    charge: Charge
    layers: list[tuple[Indices, Users]]
    limits: Indices

    @classmethod
    def of(cls, draft: FleetDraft, limits: Indices, some: slice) -> Self:
        rows = np.flatnonzero(draft.users[:, some].any(axis=1)).tolist()
        layers = [(draft.layers[row], draft.users[row, some].copy()) for row in rows]
        return cls(
            Charge(draft.charge.images[some], draft.charge.pull),
            layers,
            limits[some],
        )


def _fitted(atoms: Atoms, part: _Part) -> list[tuple[Indices, Users]]:
    draft = FleetDraft(atoms, part.charge, part.layers)
    fit(draft, part.limits)
    return [(draft.layers[row], draft.users[row]) for row in draft.rows]


class _Merges:
    """For each layer the merge that costs least for each image over its limit that it helps.

    A score is worked out when it may be among the least, not for every pair: those of two layers that stay
    as they are only grow, because fewer and fewer images are over their limit. So what was known of a layer
    bounds it from below.
    """

    def __init__(self, draft: FleetDraft, limits: Indices) -> None:
        self._draft = draft
        self._limits = limits
        self._over: Users = draft.lengths > limits
        self._needy = draft.charge.packed(self._over)
        self._least = np.full(len(draft.layers), np.inf)
        self._second = self._least.copy()  # what those with all but the nearest cost at least
        self._nearest = np.zeros(len(draft.layers), dtype=np.int64)
        self._exact = np.zeros(len(draft.layers), dtype=bool)  # else the least is a bound from below
        self._reach: Costs = np.arange(int(draft.charge.images.sum()) + 1, dtype=np.float64) ** REACH
        self._within: Indices | slice = slice(None)
        self._rows = self._asked()
        self._unions = _Unions(draft)
        for some in self._parts(np.flatnonzero(draft.counts)):
            self._look(some, anew=True)

    def best(self, most: int) -> list[tuple[int, int]]:
        """Return pairs of rows to merge, none of which is in two pairs: none where no merge helps.

        They are those that cost least for what they help, except that none of them makes another one stale:
        the last one is the first that leaves an image at its limit.

        Args:
            most: how many pairs.
        """
        order = self._known(2 * most)
        draft = self._draft
        spare = self._limits - draft.lengths
        found: list[tuple[int, int]] = []
        taken: set[int] = set()
        for one, other in zip(order.tolist(), self._nearest[order].tolist(), strict=True):
            if one in taken or other in taken:
                continue
            found.append((one, other))
            taken |= {one, other}
            spare += draft.users[one] & draft.users[other]
            if len(found) == most or (spare[self._over] >= 0).any():
                break
        return found

    def _known(self, most: int) -> Indices:
        """Return the rows whose scores are least, at most so many, and as far as all scores are exact."""
        while True:
            for again in (True, False):
                order = np.argsort(self._least, kind="stable")[:most]
                order = order[self._least[order] < np.inf]
                known = self._exact[order]
                if again:
                    for some in self._parts(order[~known]):
                        self._look(some)
            if known.all():
                return order
            if known[0]:
                return order[: int(np.argmin(known))]

    def update(self, changed: Indices) -> bool:
        """Look at rows that have changed; return whether any image is still over its limit."""
        draft = self._draft
        added = len(draft.layers) - len(self._least)
        if added:
            self._least = np.pad(self._least, (0, added), constant_values=np.inf)
            self._second = np.pad(self._second, (0, added), constant_values=np.inf)
            self._nearest = np.pad(self._nearest, (0, added))
            self._exact = np.pad(self._exact, (0, added))
            self._unions.grow()
        over: Users = draft.lengths > self._limits
        if not over.any():
            return False
        if (over != self._over).any():
            self._exact[draft.users[:, self._over & ~over].any(axis=1)] = False
            self._over = over
            self._needy = draft.charge.packed(over)
        self._rows = self._asked()
        touched = np.zeros(len(self._least), dtype=bool)
        touched[changed] = True
        lost = touched[self._nearest]
        self._least[lost] = self._second[lost]
        self._exact[lost] = False
        self._least[changed] = self._second[changed] = np.inf
        others = touched[self._rows]
        for some in self._parts(changed[draft.counts[changed] > 0]):
            scores = self._look(some, anew=True)
            scores[:, others] = np.inf  # these are looked at themselves
            self._compare(some, scores)
        return True

    def _parts(self, rows: Indices) -> Iterator[Indices]:
        step = max(_PAIRS // max(len(self._rows), 1), 1)
        for start in range(0, len(rows), step):
            yield rows[start : start + step]

    def _compare(self, changed: Indices, scores: Costs) -> None:
        """Note for all other rows what their merges with some that have changed cost."""
        columns = np.arange(scores.shape[1])
        nearest = scores.argmin(axis=0)
        found = scores[nearest, columns]
        scores[nearest, columns] = np.inf
        least, second = self._least[self._within], self._second[self._within]
        closer = found < least
        rest = np.minimum(second, scores.min(axis=0))
        self._second[self._within] = np.minimum(rest, np.where(closer, least, found))
        rows = self._rows[closer]
        self._least[rows] = found[closer]
        self._nearest[rows] = changed[nearest[closer]]
        self._exact[rows] = True

    def _asked(self) -> Indices:
        """Return the rows that images over their limit use, or all where that is most of them."""
        rows: Indices = np.flatnonzero((self._draft.images & self._needy).any(axis=1))
        self._within = rows
        if len(rows) >= _MOST * len(self._least):
            self._within = slice(None)
            rows = np.arange(len(self._least))
        return rows

    def _look(self, rows: Indices, *, anew: bool = False) -> Costs:
        """Work out the scores of some rows with all others that matter, and note the least; return them.

        Args:
            rows: the rows.
            anew: whether they have changed.
        """
        scores = self._scores(rows, anew=anew)
        places = np.arange(len(rows))
        nearest = scores.argmin(axis=1)
        least = scores[places, nearest]
        self._least[rows] = least
        self._nearest[rows] = self._rows[nearest]
        self._exact[rows] = True
        scores[places, nearest] = np.inf
        self._second[rows] = scores.min(axis=1)
        scores[places, nearest] = least
        return scores

    def _scores(self, rows: Indices, *, anew: bool) -> Costs:
        """Return for some rows and all others that matter the score of their merge; infinity for none."""
        draft = self._draft
        if speedup.IN_C:
            found: Costs = np.empty((len(rows), len(self._rows)))
            speedup.kernel.scores(
                draft.images,
                draft.bits,
                draft.sizes,
                draft.expected,
                draft.counts,
                draft.renewal,
                draft.charge.pull,
                self._needy,
                self._reach,
                rows,
                self._rows,
                self._unions.table,
                anew,
                draft.atoms.scale.whole,
                found,
            )
            return found
        needy = draft.images[rows][:, None] & draft.images[self._within] & self._needy
        place, other = np.nonzero(needy[..., 0] if needy.shape[-1] == 1 else needy.any(axis=-1))
        first, second = rows[place], self._rows[other]
        unions = self._unions.of(first, second, anew=anew)
        reach = self._reach[counted(needy[place, other]).astype(np.int64)]
        scores: Costs = np.full(needy.shape[:2], np.inf)
        scores[place, other] = np.where(first == second, np.inf, draft.merges(first, second, unions) / reach)
        return scores


class _Unions:
    """What layers cost together with others; where there are too many for a table, worked out each time."""

    def __init__(self, draft: FleetDraft) -> None:
        self._draft = draft
        rows = len(draft.layers)
        room = min(_GROWN * rows, _TABLE)  # rows that nothing is written to take no memory
        self._table = np.zeros((room, room)) if rows <= _TABLE else None

    @property
    def table(self) -> Costs:
        """The table; an empty one where there is none."""
        return np.zeros((0, 0)) if self._table is None else self._table

    def grow(self) -> None:
        """Make room for rows that the draft has by now."""
        rows = len(self._draft.layers)
        if self._table is not None and rows > len(self._table):
            before, self._table = self._table, None
            if rows <= _TABLE:
                room = min(_GROWN * rows, _TABLE)
                self._table = np.zeros((room, room))
                self._table[: len(before), : len(before)] = before

    def of(self, first: Indices, second: Indices, *, anew: bool) -> Costs:
        """Return what layers cost with others, pair by pair.

        Args:
            first: the rows of the first ones.
            second: for each of them that of another one.
            anew: whether the first ones have changed since they were asked for.
        """
        if self._table is None:
            return self._draft.unions(first, second)
        if anew:
            found = self._draft.unions(first, second)
            self._table[first, second] = self._table[second, first] = found
            return found
        return self._table[first, second]
