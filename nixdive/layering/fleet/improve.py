"""Improve a draft that is within its budgets.

Atoms are exchanged and moved, layers are cut where merges of others pay for it, and what several layers have
in common becomes a layer of its own where that costs less.
"""

from __future__ import annotations

import heapq
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.moves import exchange, move
from nixdive.layering.fleet.draft import FleetDraft
from nixdive.layering.fleet.fit import REACH, fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.layering.change.scenarios import Indices
    from nixdive.layering.churn.atoms import Atoms, Cut
    from nixdive.layering.fleet.draft import Charge, Users

_WORTH = 1 - 1e-9  # gains within the error of sums are none
_CUTS = (100, 200, 300)  # made and merged again
_MANY = 2000  # layers from which on that takes too long
_ROUNDS = 4
_FEW = 128  # up to so many layers each of them is tried on its own
_MOST_TRIES = 60  # of layers to unite
_MOST_HOMES = 12  # of an atom of which all pairs are looked at


def improve(draft: FleetDraft, limits: Indices, glance: Atoms) -> FleetDraft:
    """Return a draft that costs no more; the one that is given is changed on the way.

    Args:
        draft: layers within the limits.
        limits: how many layers each image may have.
        glance: the same atoms with few scenarios.
    """
    _fill(draft, limits)
    _regroup(draft, glance)
    for cuts in _CUTS if len(draft.rows) <= _MANY else ():
        other = _refitted(draft, limits, glance, cuts)
        if other is not None and other.cost < draft.cost:
            draft = other
    for _ in range(_ROUNDS if len(draft.rows) <= _FEW else 0):
        before = draft.cost
        _reopen(draft, limits)
        _unite(draft, limits)
        _fill(draft, limits)
        _regroup(draft, glance)
        if not draft.cost < before * _WORTH:
            break
    _fill(draft, limits)
    return draft


def _refitted(draft: FleetDraft, limits: Indices, glance: Atoms, cuts: int) -> FleetDraft | None:
    """Return what becomes of a draft that is cut up and fitted again; None where it does not fit again."""
    layers = [(draft.layers[row], draft.users[row].copy()) for row in draft.rows]
    rough = FleetDraft(glance, draft.charge, cut_down(draft.atoms, layers, draft.charge, cuts))
    if not fit(rough, limits):
        return None
    other = FleetDraft(
        draft.atoms, draft.charge, [(rough.layers[row], rough.users[row]) for row in rough.rows]
    )
    _fill(other, limits)
    _regroup(other, glance)
    return other


def cut_down(
    atoms: Atoms, found: Sequence[tuple[Indices, Users]], charge: Charge, cuts: int
) -> list[tuple[Indices, Users]]:
    """Return layers after at most so many cuts, each of which saves something.

    The one that saves most for each image that has one layer more afterwards is first, by the measure that
    `fit` has for merges: so those merges are undone that `fit` would make last.
    """
    made = list(found)
    waiting: list[tuple[float, int, Cut]] = []

    def wait(at: int) -> None:
        layer, users = made[at]
        cut = atoms.cut(layer)
        images = users @ charge.images
        gain = cut.gain * float(charge.of(images) / images**REACH)
        if gain > 0:
            heapq.heappush(waiting, (-gain, at, cut))

    for at in range(len(made)):
        wait(at)
    while len(made) < len(found) + cuts and waiting:
        _, at, cut = heapq.heappop(waiting)
        users = made[at][1]
        made[at] = (cut.low, users)
        made.append((cut.high, users))
        wait(at)
        wait(len(made) - 1)
    return made


def _fill(draft: FleetDraft, limits: Indices) -> None:
    """Cut as long as all images that use a layer have room for one more, the cut that saves most first."""
    while True:
        full: Users = draft.lengths >= limits
        free = ~(draft.images & draft.charge.packed(full)).any(axis=1)
        able = np.flatnonzero(free & (draft.counts > 0)).tolist()
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


def _reopen(draft: FleetDraft, limits: Indices) -> None:
    """Cut one layer after another, merge others until it fits again, and keep what costs less."""
    room = _Room(draft, limits)
    for layer, _ in sorted(
        ((draft.layers[row], draft.gain(row)) for row in draft.rows), key=lambda one: -one[1]
    ):
        row = draft.row_of(layer)
        if row is None or not room.promises(row):
            continue
        before = draft.cost
        draft.attempt()
        _cut(draft, row)
        if fit(draft, limits, before * _WORTH) and draft.cost < before * _WORTH:
            room.forget(draft.settle())
        else:
            draft.undo()


class _Room:
    """What it costs to make room for one more layer in each image."""

    def __init__(self, draft: FleetDraft, limits: Indices) -> None:
        self._draft = draft
        self._limits = limits
        self._known: dict[int, float] = {}

    def promises(self, row: int) -> bool:
        """Return whether each image without room for a cut has a merge that costs less than the cut saves."""
        draft = self._draft
        gain = draft.gain(row)
        full = np.flatnonzero(draft.users[row] & (draft.lengths >= self._limits)).tolist()
        return gain > 0 and all(self._cost(image) < gain for image in full)

    def forget(self, users: Users) -> None:
        """Forget what is known of images whose layers have changed."""
        for image in np.flatnonzero(users).tolist():
            self._known.pop(image, None)

    def _cost(self, image: int) -> float:
        if image not in self._known:
            self._known[image] = self._draft.cheapest(image)
        return self._known[image]


def _cut(draft: FleetDraft, row: int) -> None:
    cut, users = draft.cut(row), draft.users[row].copy()
    draft.replace((row,), ((cut.low, users), (cut.high, users)))


def _unite(draft: FleetDraft, limits: Indices) -> None:
    """Take atoms out of all layers that hold them into one layer for all images where that costs less."""
    tried = 0
    for _, _, rows in sorted(_candidates(draft)):
        if tried == _MOST_TRIES:
            break
        layers = _united(draft, rows)
        if not layers or _gain(draft, rows, layers) <= 0:
            continue
        tried += 1
        before = draft.cost
        draft.attempt()
        draft.replace(rows, layers)
        if fit(draft, limits, before * _WORTH) and draft.cost < before * _WORTH:
            draft.settle()
        else:
            draft.undo()


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
