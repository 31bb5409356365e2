"""What makes a draft cheaper: atoms go to another layer; one layer is cut, and two others are merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    for atom, at, to in _promising(Draft(glance, draft.layers)):
        _try(draft, atom, at, to)


def _promising(draft: Draft) -> Iterator[tuple[int, int, int]]:
    """Yield atoms that may be cheaper elsewhere, the layer they are in, and where; the largest gain first."""
    atoms, homes, saved = _leavers(draft)
    best, gains = np.zeros_like(atoms), np.zeros_like(saved)
    for start in range(0, len(atoms), _BATCH):
        batch = slice(start, start + _BATCH)
        some = atoms[batch]
        unions = draft.atoms.weigh(draft.atoms.bits[some][:, None] | draft.bits)
        costs = (draft.sizes + draft.atoms.sizes[some][:, None]) * unions - draft.sizes * draft.weights
        rows = np.arange(len(some))
        costs[rows, homes[batch]] = np.inf
        best[batch] = costs.argmin(axis=1)
        gains[batch] = saved[batch] - costs[rows, best[batch]]
    order = np.lexsort((atoms, -gains))
    order = order[gains[order] > 0]
    return zip(atoms[order].tolist(), homes[order].tolist(), best[order].tolist(), strict=True)


def _leavers(draft: Draft) -> tuple[Indices, Indices, Costs]:
    """Return the atoms that cost their layer more than they would cost alone, their layers, and how much."""
    atoms = np.concatenate(draft.layers)
    counts = [len(layer) for layer in draft.layers]
    homes = np.repeat(np.arange(len(draft)), counts)
    others = np.concatenate([_without_each(draft.atoms.bits[layer]) for layer in draft.layers])
    sizes = draft.atoms.sizes[atoms]
    saved = draft.sizes[homes] * draft.weights[homes] - (draft.sizes[homes] - sizes) * draft.atoms.weigh(
        others
    )
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


def _without_each(bits: Bits) -> Bits:
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
