"""Moves: single atoms go to another layer, where that saves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nixdive.layering.change.arrays import Bits
    from nixdive.layering.churn.atoms import Atoms
    from nixdive.layering.churn.draft import Draft

_WORTH = 1 - 1e-9
_BATCH = 64  # atoms looked at together, so that the work stays in the processor's cache


def move(draft: Draft, glance: Atoms) -> int:
    """Move each atom at most once to where it is cheaper; return how many moved.

    Args:
        draft: the layers.
        glance: the same atoms with few scenarios: with them the layer for an atom is chosen; whether the move
            is worth it is found with all.
    """
    seen = np.array([np.bitwise_or.reduce(glance.bits[layer], axis=0) for layer in draft.layers])
    moved = 0
    for at in range(len(draft)):
        if len(draft.layers[at]) > 1:
            moved += _empty(draft, at, glance, seen)
    draft.keep([at for at in range(len(draft)) if len(draft.layers[at])])
    return moved


def _empty(draft: Draft, at: int, glance: Atoms, seen: Bits) -> int:
    """Move atoms out of a layer, those that gain most first."""
    layer = draft.layers[at]
    bits = draft.atoms.bits[layer]
    stays = np.ones(len(layer), dtype=bool)
    for one, to in _promising(draft, at, glance, seen):
        atom = layer[one]
        stays[one] = False
        if not stays.any():
            stays[one] = True
            break
        rest = np.bitwise_or.reduce(bits[stays], axis=0)
        size = draft.atoms.sizes[atom]
        here, there = draft.atoms.scale.weigh(np.array([rest, draft.bits[to] | bits[one]])).tolist()
        gain = draft.sizes[at] * draft.weights[at] - (draft.sizes[at] - size) * here
        cost = (draft.sizes[to] + size) * there - draft.sizes[to] * draft.weights[to]
        if not cost < gain * _WORTH:
            stays[one] = True
            continue
        draft.grow(to, int(atom))
        draft.sizes[at] -= size
        draft.bits[at], draft.weights[at] = rest, here
        seen[to] |= glance.bits[atom]
    if stays.all():
        return 0
    draft.put(at, layer[stays])
    seen[at] = np.bitwise_or.reduce(glance.bits[layer[stays]], axis=0)
    return int(len(layer) - stays.sum())


def _promising(draft: Draft, at: int, glance: Atoms, seen: Bits) -> list[tuple[int, int]]:
    """Return the places of atoms that may be cheaper elsewhere, and where; the largest gain first."""
    layer = draft.layers[at]
    bits, sizes = glance.bits[layer], glance.sizes[layer]
    weigh = glance.scale.weigh
    weights = weigh(seen).astype(np.float64)
    saved = draft.sizes[at] * weights[at] - (draft.sizes[at] - sizes) * weigh(_without_each(bits))
    able = np.flatnonzero(saved > sizes * weigh(bits))
    gains: list[tuple[float, int, int]] = []
    for start in range(0, len(able), _BATCH):
        some = able[start : start + _BATCH]
        unions = weigh(bits[some][:, None] | seen)
        costs = (draft.sizes + sizes[some][:, None]) * unions - draft.sizes * weights
        costs[:, at] = np.inf
        best = costs.argmin(axis=1)
        gain = saved[some] - costs[np.arange(len(some)), best]
        gains += [
            (-g, i, to) for g, i, to in zip(gain.tolist(), some.tolist(), best.tolist(), strict=True) if g > 0
        ]
    return [(i, to) for _, i, to in sorted(gains)]


def _without_each(bits: Bits) -> Bits:
    """Return for each row the OR of all others."""
    others = np.zeros_like(bits)
    others[1:] = np.bitwise_or.accumulate(bits, axis=0)[:-1]
    others[:-1] |= np.bitwise_or.accumulate(bits[::-1], axis=0)[::-1][1:]
    return others
