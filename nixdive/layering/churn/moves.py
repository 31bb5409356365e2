"""What makes a draft cheaper: atoms go to another layer; one layer is cut, and two others are merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering import speedup
from nixdive.layering.churn.draft import Draft

if TYPE_CHECKING:
    from nixdive.layering.change.scenarios import Bits, Costs, Indices
    from nixdive.layering.churn.atoms import Atoms

_WORTH = 1 - 1e-9  # gains within the error of sums are none
_MOST = 400  # exchanges
_BATCH = 64  # atoms looked at together, so that the work stays in the processor's cache


def move(draft: Draft, glance: Atoms) -> None:
    """Move each atom at most once to where it is cheaper, those that gain most first.

    Args:
        draft: the layers.
        glance: the same atoms with few scenarios: with them the layer for an atom is chosen; whether the move
            is worth it is found with all.
    """
    wanted = _promising(Draft(glance, draft.layers))
    if speedup.IN_C:
        _move_in_c(draft, wanted)
    else:
        for atom, at, to in wanted.tolist():
            _try(draft, atom, at, to)


def _move_in_c(draft: Draft, wanted: Indices) -> None:
    """Move atoms as `_try` does, by the loop in C."""
    atoms = draft.atoms
    first = np.array([layer[0] for layer in draft.layers])
    after = np.full(len(atoms), -1)
    for layer in draft.layers:
        after[layer[:-1]] = layer[1:]
    values = (draft.bits, draft.sizes, draft.weights, atoms.bits, atoms.sizes)
    moved = wanted[: speedup.kernel.move_all(*values, first, after, wanted, atoms.scale.whole, _WORTH)]
    members = np.concatenate(draft.layers)
    home = np.zeros(len(atoms), dtype=np.int64)
    home[members] = np.repeat(np.arange(len(draft)), [len(layer) for layer in draft.layers])
    home[moved[:, 0]] = moved[:, 2]
    members = members[home[members].argsort(kind="stable")]
    ends = np.bincount(home[members], minlength=len(draft)).cumsum().tolist()
    for at in np.unique(moved[:, 1:]).tolist():
        draft.changed(at, members[ends[at - 1] if at else 0 : ends[at]])


def _promising(draft: Draft) -> Indices:
    """Return atoms that may be cheaper elsewhere, their layer, and which other; the largest gain first."""
    atoms, homes, saved = _leavers(draft)
    best, gains = _found(draft, atoms, homes, saved)
    order = np.lexsort((atoms, -gains))
    order = order[gains[order] > 0]
    return np.array((atoms[order], homes[order], best[order])).T.copy()


def _found(draft: Draft, atoms: Indices, homes: Indices, saved: Costs) -> tuple[Indices, Costs]:
    """Return for each atom the other layer in which it costs least, and what it saves to move it there."""
    best, gains = np.zeros_like(atoms), np.zeros_like(saved)
    if speedup.IN_C:
        values = (draft.bits, draft.sizes, draft.weights, draft.atoms.bits, draft.atoms.sizes)
        speedup.kernel.homes(*values, atoms, homes, saved, draft.atoms.scale.whole, best, gains)
        return best, gains
    for start in range(0, len(atoms), _BATCH):
        batch = slice(start, start + _BATCH)
        some = atoms[batch]
        unions = draft.atoms.weigh(draft.atoms.bits[some][:, None] | draft.bits)
        costs = (draft.sizes + draft.atoms.sizes[some][:, None]) * unions - draft.sizes * draft.weights
        rows = np.arange(len(some))
        costs[rows, homes[batch]] = np.inf
        best[batch] = costs.argmin(axis=1)
        gains[batch] = saved[batch] - costs[rows, best[batch]]
    return best, gains


def _leavers(draft: Draft) -> tuple[Indices, Indices, Costs]:
    """Return the atoms that cost their layer more than they would cost alone, their layers, and how much."""
    atoms = np.concatenate(draft.layers)
    counts = [len(layer) for layer in draft.layers]
    homes = np.repeat(np.arange(len(draft)), counts)
    if speedup.IN_C:
        others, scale = np.empty(len(atoms)), draft.atoms.scale.whole
        speedup.kernel.weigh_others(draft.atoms.bits, atoms, np.cumsum(counts), scale, others)
    else:
        rows = np.concatenate([without_each(draft.atoms.bits[layer]) for layer in draft.layers])
        others = draft.atoms.scale.sums(rows)
    sizes = draft.atoms.sizes[atoms]
    saved = draft.sizes[homes] * draft.weights[homes] - (draft.sizes[homes] - sizes) * others
    able = np.flatnonzero(saved > sizes * draft.atoms.weights[atoms])
    return atoms[able], homes[able], saved[able]


def _try(draft: Draft, atom: int, at: int, to: int) -> None:
    """Move an atom if that saves, and if it leaves others behind."""
    layer = draft.layers[at]
    stays = layer[layer != atom]
    if not len(stays):
        return
    bits, size = draft.atoms.bits, float(draft.atoms.sizes[atom])
    from_size, to_size = float(draft.sizes[at]), float(draft.sizes[to])
    both = np.empty((2, bits.shape[1]), dtype=bits.dtype)
    rest = np.bitwise_or.reduce(bits.take(stays, axis=0), axis=0, out=both[0])
    np.bitwise_or(draft.bits[to], bits[atom], out=both[1])
    here, there = draft.atoms.scale.sums(both).tolist()
    gain = from_size * float(draft.weights[at]) - (from_size - size) * here
    if (to_size + size) * there - to_size * float(draft.weights[to]) < gain * _WORTH:
        draft.take_out(at, stays, rest, here)
        draft.grow(to, atom, there)


def without_each(bits: Bits) -> Bits:
    """Return for each row the OR of all others."""
    others = np.zeros_like(bits)
    others[1:] = np.bitwise_or.accumulate(bits, axis=0)[:-1]
    others[:-1] |= np.bitwise_or.accumulate(bits[::-1], axis=0)[::-1][1:]
    return others


def fill(draft: Draft, count: int) -> None:
    """Cut until there are so many layers, the cut that saves most first; only cuts that save something."""
    while len(draft) < count:
        at = draft.most_gained()
        cut = draft.cut(at)
        if cut.gain <= 0:
            return
        draft.put(at, cut.low)
        draft.add(cut.high)


def exchange(draft: Draft) -> bool:
    """Cut a layer and merge two others while that saves; return whether anything was saved."""
    if len(draft) < 3:
        return False
    costs = draft.pairs()
    for done in range(_MOST):
        at = draft.most_gained()
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
