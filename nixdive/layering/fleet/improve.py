"""Improve a draft that is within its budgets: exchange, moves, and cuts that other layers pay for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.exchange import exchange
from nixdive.layering.churn.moves import move
from nixdive.layering.fleet.common import unite
from nixdive.layering.fleet.fit import fit

if TYPE_CHECKING:
    from nixdive.layering.change.arrays import Indices
    from nixdive.layering.churn.atoms import Atoms
    from nixdive.layering.fleet.arrays import Users
    from nixdive.layering.fleet.draft import FleetDraft

_WORTH = 1 - 1e-9  # gains within the error of sums are none
_ROUNDS = 4


def improve(draft: FleetDraft, limits: Indices, glance: Atoms) -> FleetDraft:
    """Return a draft that costs no more.

    Args:
        draft: layers within the limits.
        limits: how many layers each image may have.
        glance: the same atoms with few scenarios.
    """
    for _ in range(_ROUNDS):
        before = draft.cost
        fill(draft, limits)
        regroup(draft, glance)
        draft = unite(reopen(draft, limits), limits)
        if not draft.cost < before * _WORTH:
            break
    fill(draft, limits)
    return draft


def fill(draft: FleetDraft, limits: Indices) -> None:
    """Cut as long as all images that use a layer have room for one more, the cut that saves most first."""
    while True:
        full: Users = draft.lengths >= limits
        able = [row for row in draft.rows if not (draft.users[row] & full).any()]
        best = max(able, key=lambda row: (draft.gain(row), -row), default=None)
        if best is None or draft.gain(best) <= 0:
            return
        _cut(draft, best)


def regroup(draft: FleetDraft, glance: Atoms) -> None:
    """Exchange and move atoms between layers that the same images use."""
    groups: dict[bytes, list[int]] = {}
    for row in draft.rows:
        groups.setdefault(draft.users[row].tobytes(), []).append(row)
    for key, found in groups.items():
        # a layer that became the same as one of another group has more users than it had
        rows = [row for row in found if draft.users[row].tobytes() == key]
        if len(rows) < 2:
            continue
        users = draft.users[rows[0]].copy()
        part = Draft(draft.atoms, [draft.layers[row] for row in rows])
        before = part.cost
        for _ in range(_ROUNDS):
            start = part.cost
            exchange(part)
            move(part, glance)
            if not part.cost < start * _WORTH:
                break
        if part.cost < before * _WORTH:
            draft.replace(rows, [(layer, users) for layer in part.layers])


def reopen(draft: FleetDraft, limits: Indices) -> FleetDraft:
    """Cut one layer after another, merge others until it fits again, and keep what costs less."""
    for row in sorted(draft.rows, key=lambda row: (-draft.gain(row), row)):
        if not draft.counts[row] or not _promising(draft, row, limits):
            continue
        tried = draft.copy()
        _cut(tried, row)
        if fit(tried, limits, draft.cost * _WORTH) and tried.cost < draft.cost * _WORTH:
            draft = tried
    return draft


def _promising(draft: FleetDraft, row: int, limits: Indices) -> bool:
    """Whether each image without room for the cut has a merge that costs less than the cut saves."""
    gain = draft.gain(row)
    full = draft.users[row] & (draft.lengths >= limits)
    for image in np.flatnonzero(full).tolist():
        rows = np.flatnonzero(draft.users[:, image])
        if not draft.costs[np.ix_(rows, rows)].min(initial=np.inf) < gain:
            return False
    return gain > 0


def _cut(draft: FleetDraft, row: int) -> None:
    cut, users = draft.cut(row), draft.users[row].copy()
    draft.replace((row,), ((cut.low, users), (cut.high, users)))
