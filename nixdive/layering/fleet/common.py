"""What several layers have in common becomes a layer of its own, where the cost of other merges is less."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.fleet.fit import fit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.layering.change.arrays import Indices
    from nixdive.layering.fleet.arrays import Users
    from nixdive.layering.fleet.draft import FleetDraft

_WORTH = 1 - 1e-9
_MOST = 60  # tries
_MOST_HOMES = 12  # of an atom of which all pairs are looked at


def unite(draft: FleetDraft, limits: Indices) -> FleetDraft:
    """Take atoms out of all layers that hold them into one layer for all images; return what costs less."""
    tried = 0
    for _, _, rows in sorted(_candidates(draft)):
        if tried == _MOST:
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
