"""Improve a draft that is within its budgets.

Atoms are exchanged and moved, layers are cut where merges of others pay for it, and what several layers have
in common becomes a layer of its own where that costs less.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.moves import exchange, move
from nixdive.layering.fleet.fit import fit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.layering.change.scenarios import Indices
    from nixdive.layering.churn.atoms import Atoms
    from nixdive.layering.fleet.draft import FleetDraft, Users

_WORTH = 1 - 1e-9  # gains within the error of sums are none
_ROUNDS = 4
_MOST_TRIES = 60  # of layers to unite
_MOST_HOMES = 12  # of an atom of which all pairs are looked at


def improve(draft: FleetDraft, limits: Indices, glance: Atoms) -> FleetDraft:
    """Return a draft that costs no more.

    Args:
        draft: layers within the limits.
        limits: how many layers each image may have.
        glance: the same atoms with few scenarios.
    """
    for _ in range(_ROUNDS):
        before = draft.cost
        _fill(draft, limits)
        _regroup(draft, glance)
        draft = _unite(_reopen(draft, limits), limits)
        if not draft.cost < before * _WORTH:
            break
    _fill(draft, limits)
    return draft


def _fill(draft: FleetDraft, limits: Indices) -> None:
    """Cut as long as all images that use a layer have room for one more, the cut that saves most first."""
    while True:
        full: Users = draft.lengths >= limits
        able = [row for row in draft.rows if not (draft.users[row] & full).any()]
        best = max(able, key=lambda row: (draft.gain(row), -row), default=None)
        if best is None or draft.gain(best) <= 0:
            return
        _cut(draft, best)


def _regroup(draft: FleetDraft, glance: Atoms) -> None:
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


def _reopen(draft: FleetDraft, limits: Indices) -> FleetDraft:
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


def _unite(draft: FleetDraft, limits: Indices) -> FleetDraft:
    """Take atoms out of all layers that hold them into one layer for all images; return what costs less."""
    tried = 0
    for _, _, rows in sorted(_candidates(draft)):
        if tried == _MOST_TRIES:
            break
        layers = _united(draft, rows)
        if not layers or _gain(draft, rows, layers) <= 0:
            continue
        tried += 1
        other = draft.copy()
        other.replace(rows, layers)
        if fit(other, limits, draft.cost * _WORTH) and other.cost < draft.cost * _WORTH:
            draft = other
    return draft


def _candidates(draft: FleetDraft) -> Iterable[tuple[float, int, tuple[int, ...]]]:
    """Return sets of layers with atoms in common; what saves most before it is fitted comes first."""
    homes: dict[int, list[int]] = {}
    for row in draft.rows:
        for atom in draft.layers[row].tolist():
            homes.setdefault(atom, []).append(row)
    sets = {tuple(rows) for rows in homes.values() if len(rows) > 1}
    pairs = {pair for rows in sets if len(rows) <= _MOST_HOMES for pair in combinations(rows, 2)}
    for rows in sets | pairs:
        gain = _gain(draft, rows, _united(draft, rows))
        if gain > 0:
            yield -gain, len(rows), rows


def _united(draft: FleetDraft, rows: tuple[int, ...]) -> list[tuple[Indices, Users]]:
    """Return what becomes of layers whose common atoms become one layer; nothing where there are none."""
    common = draft.layers[rows[0]]
    for row in rows[1:]:
        common = np.intersect1d(common, draft.layers[row], assume_unique=True)
    if not len(common):
        return []
    users: Users = np.logical_or.reduce(draft.users[list(rows)], axis=0)
    rests = [
        (np.setdiff1d(draft.layers[row], common, assume_unique=True), draft.users[row].copy()) for row in rows
    ]
    return [(common, users), *((rest, its) for rest, its in rests if len(rest))]


def _gain(draft: FleetDraft, rows: tuple[int, ...], layers: Iterable[tuple[Indices, Users]]) -> float:
    some = list(rows)
    before = draft.sizes[some] * draft.weights[some] * draft.charge.of(draft.counts[some])
    after = 0.0
    for layer, users in layers:
        weight = float(draft.atoms.weigh(np.bitwise_or.reduce(draft.atoms.bits[layer], axis=0)))
        price = float(draft.charge.of(users @ draft.charge.images))
        after += float(draft.atoms.sizes[layer].sum()) * weight * price
    return float(before.sum()) - after
