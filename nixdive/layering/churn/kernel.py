"""The loops of the search, compiled by numba where that is installed: with the same results, bit for bit.

Sums of weights are whole numbers, so their order makes no difference; costs are worked out in the order in
which numpy works them out, and numba fuses no product with a sum unless it is told that it may.

The scale is what a scenario of each word weighs. The module is loaded by `speedup` alone, which says when.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from nixdive.layering.change.scenarios import Bits, Costs, Indices, Weights


def _given(kind: Any, dimensions: int) -> Any:
    """Return the type of arrays that are only read: what comes from another process may be read-only."""
    return types.Array(kind, dimensions, "C", readonly=True)


ROW, BITS = types.uint64[::1], types.uint64[:, ::1]
NUMBERS, PAIRS = types.int64[::1], types.int64[:, ::1]
COSTS, TABLE = types.float64[::1], types.float64[:, ::1]
GIVEN_ROW, GIVEN_BITS = _given(types.uint64, 1), _given(types.uint64, 2)
GIVEN_NUMBERS, GIVEN_COSTS = _given(types.int64, 1), _given(types.float64, 1)
GIVEN_ORDERS = _given(types.int64, 2)
SCALE = GIVEN_NUMBERS
NUMBER, COST = types.int64, types.float64

compiled = partial(njit, cache=True, nogil=True, error_model="numpy")


@intrinsic
def count_bits(_context: Any, word: Any) -> Any:
    """Return how many bits of a word are set."""

    def code(_context: Any, builder: Any, _signature: Any, words: Any) -> Any:
        return builder.ctpop(words[0])

    return types.uint64(word), code


@compiled(COST(GIVEN_ROW, SCALE))
def weigh(row: Bits, scale: Weights) -> float:
    """Return the weight of some scenarios."""
    total = 0
    for word in range(len(row)):
        total += np.int64(count_bits(row[word])) * scale[word]
    return np.float64(total)


@compiled(COST(GIVEN_ROW, GIVEN_ROW, SCALE))
def weigh_both(row: Bits, other: Bits, scale: Weights) -> float:
    """Return the weight of the scenarios that are in one row or in another."""
    total = 0
    for word in range(len(row)):
        total += np.int64(count_bits(row[word] | other[word])) * scale[word]
    return np.float64(total)


@compiled(types.void(ROW, GIVEN_ROW))
def add_to(row: Bits, other: Bits) -> None:
    """Put the scenarios of another row into one."""
    for word in range(len(row)):
        row[word] |= other[word]


@compiled(types.void(GIVEN_BITS, GIVEN_NUMBERS, SCALE, COSTS))
def weigh_from_here(bits: Bits, order: Indices, scale: Weights, found: Costs) -> None:
    """Work out for each of some rows the weight of it and all after it."""
    union = np.zeros(bits.shape[1], dtype=np.uint64)
    for at in range(len(order) - 1, -1, -1):
        add_to(union, bits[order[at]])
        found[at] = weigh(union, scale)


@compiled(types.Tuple((COST, NUMBER))(GIVEN_BITS, GIVEN_COSTS, GIVEN_NUMBERS, SCALE))
def cut(bits: Bits, sizes: Costs, order: Indices, scale: Weights) -> tuple[float, int]:
    """Return what the best cut between neighbours saves, and how many are before it."""
    count = len(order)
    high = np.empty(count)
    weigh_from_here(bits, order, scale, high)
    size = 0.0
    for atom in order:
        size += sizes[atom]
    union = np.zeros(bits.shape[1], dtype=np.uint64)
    least, end, below = np.inf, 1, 0.0
    for at in range(count - 1):
        add_to(union, bits[order[at]])
        below += sizes[order[at]]
        cost = below * weigh(union, scale) + (size - below) * high[at + 1]
        if cost < least:
            least, end = cost, at + 1
    return size * high[0] - least, end


@compiled(types.Tuple((COST, NUMBER, NUMBER))(GIVEN_BITS, GIVEN_COSTS, GIVEN_ORDERS, SCALE))
def best_cut(bits: Bits, sizes: Costs, orders: Indices, scale: Weights) -> tuple[float, int, int]:
    """Return what the best cut in one of some orders saves, in which order, and how many are before it."""
    best, order, end = 0.0, 0, 0
    for at in range(len(orders)):
        gain, before = cut(bits, sizes, orders[at], scale)
        if gain > best:
            best, order, end = gain, at, before
    return best, order, end


@compiled(types.void(GIVEN_BITS, GIVEN_COSTS, GIVEN_NUMBERS, GIVEN_NUMBERS, SCALE, COSTS))
def unions(bits: Bits, sizes: Costs, rows: Indices, others: Indices, scale: Weights, found: Costs) -> None:
    """Work out bytes times weight of layers together with others, pair by pair."""
    for at in range(len(rows)):
        one, other = rows[at], others[at]
        found[at] = weigh_both(bits[one], bits[other], scale) * (sizes[one] + sizes[other])


@compiled(types.Tuple((COST, COST))(GIVEN_BITS, GIVEN_COSTS, GIVEN_NUMBERS, SCALE, ROW))
def unite(bits: Bits, sizes: Costs, atoms: Indices, scale: Weights, union: Bits) -> tuple[float, float]:
    """Return the bytes of a layer and the weight of its scenarios; and put those into a row."""
    size = 0.0
    union[:] = 0
    for atom in atoms:
        size += sizes[atom]
        add_to(union, bits[atom])
    return size, weigh(union, scale)


@compiled(COST(GIVEN_BITS, GIVEN_COSTS, GIVEN_COSTS, NUMBER, NUMBER, SCALE))
def _merged(bits: Bits, sizes: Costs, weights: Costs, at: int, other: int, scale: Weights) -> float:
    both = weigh_both(bits[other], bits[at], scale)
    return sizes[other] * (both - weights[other]) + sizes[at] * (both - weights[at])


@compiled(types.void(GIVEN_BITS, GIVEN_COSTS, GIVEN_COSTS, NUMBER, NUMBER, SCALE, COSTS))
def merges(
    bits: Bits, sizes: Costs, weights: Costs, at: int, start: int, scale: Weights, found: Costs
) -> None:
    """Work out what it costs to merge a layer with each other one from `start` on."""
    for other in range(start, len(sizes)):
        cost = np.inf if other == at else _merged(bits, sizes, weights, at, other, scale)
        found[other - start] = cost


@compiled(types.void(GIVEN_BITS, GIVEN_COSTS, GIVEN_COSTS, SCALE, TABLE))
def pairs(bits: Bits, sizes: Costs, weights: Costs, scale: Weights, found: Costs) -> None:
    """Work out what it costs to merge each layer with each of the others."""
    for at in range(len(sizes)):
        found[at, at] = np.inf
        for other in range(at + 1, len(sizes)):
            found[at, other] = found[other, at] = _merged(bits, sizes, weights, at, other, scale)


@compiled(types.void(TABLE, GIVEN_NUMBERS, NUMBERS, COSTS, NUMBER))
def _look(costs: Costs, live: Indices, nearest: Indices, least: Costs, one: int) -> None:
    """Note which of the layers that are left it costs least to merge one with."""
    best = live[0]
    for other in live:
        if costs[one, other] < costs[one, best]:
            best = other
    nearest[one], least[one] = best, costs[one, best]


@compiled(types.void(BITS, COSTS, COSTS, TABLE, COSTS, SCALE, PAIRS, COSTS))
def merge_all(
    bits: Bits,
    sizes: Costs,
    weights: Costs,
    costs: Costs,
    again: Costs,
    scale: Weights,
    made: Indices,
    paid: Costs,
) -> None:
    """Merge the two layers for which that costs least, until one is left; all but the scale is changed.

    Args:
        bits: the scenarios of each layer.
        sizes: its bytes.
        weights: the weight of its scenarios.
        costs: what each pair costs.
        again: what each layer costs besides, where it is changed.
        scale: what scenarios weigh.
        made: which layer took which one in.
        paid: what that cost.
    """
    count = len(sizes)
    live: Any = np.arange(count)
    nearest = np.empty(count, dtype=np.int64)
    least = np.empty(count)
    for one in range(count):
        _look(costs, live, nearest, least, one)
    for step in range(count - 1):
        at = live[0]
        for one in live:
            if least[one] < least[at]:
                at = one
        other = nearest[at]
        made[step, 0], made[step, 1], paid[step] = at, other, least[at]
        left = 0
        for one in live:
            if one != other:
                live[left] = one
                left += 1
        live = live[:left]
        sizes[at] += sizes[other]
        add_to(bits[at], bits[other])
        weights[at] = weigh(bits[at], scale)
        again[at] = 0.0
        for one in live:
            if one != at:
                costs[one, at] = costs[at, one] = _merged(bits, sizes, weights, at, one, scale) + again[one]
        for one in live:
            if one == at or nearest[one] == at or nearest[one] == other:
                _look(costs, live, nearest, least, one)
            elif costs[one, at] < least[one]:
                nearest[one], least[one] = at, costs[one, at]


@compiled(types.void(GIVEN_BITS, GIVEN_NUMBERS, GIVEN_NUMBERS, SCALE, COSTS))
def weigh_others(bits: Bits, atoms: Indices, ends: Indices, scale: Weights, found: Costs) -> None:
    """Work out for each atom of each layer the weight of the layer without it.

    Args:
        bits: the scenarios of each atom.
        atoms: those of one layer after those of another.
        ends: where each layer ends.
        scale: what scenarios weigh.
        found: the weights.
    """
    longest, start = 0, 0
    for end in ends:
        longest, start = max(longest, end - start), end
    after = np.zeros((longest + 1, bits.shape[1]), dtype=np.uint64)
    before = np.empty(bits.shape[1], dtype=np.uint64)
    start = 0
    for end in ends:
        count = end - start
        after[count] = 0
        for at in range(count - 1, 0, -1):
            after[at] = after[at + 1]
            add_to(after[at], bits[atoms[start + at]])
        before[:] = 0
        for at in range(count):
            found[start + at] = weigh_both(before, after[at + 1], scale)
            add_to(before, bits[atoms[start + at]])
        start = end


@compiled(
    types.void(
        GIVEN_BITS,
        GIVEN_COSTS,
        GIVEN_COSTS,
        GIVEN_BITS,
        GIVEN_COSTS,
        GIVEN_NUMBERS,
        GIVEN_NUMBERS,
        GIVEN_COSTS,
        SCALE,
        NUMBERS,
        COSTS,
    )
)
def homes(
    bits: Bits,
    sizes: Costs,
    weights: Costs,
    atom_bits: Bits,
    atom_sizes: Costs,
    atoms: Indices,
    lie: Indices,
    saved: Costs,
    scale: Weights,
    best: Indices,
    gains: Costs,
) -> None:
    """Find for each atom the other layer in which it costs least.

    Args:
        bits: the scenarios of each layer.
        sizes: its bytes.
        weights: the weight of its scenarios.
        atom_bits: the scenarios of all atoms.
        atom_sizes: their bytes.
        atoms: those that are asked for.
        lie: the layer in which each of them lies.
        saved: what it saves there to take it out.
        scale: what scenarios weigh.
        best: the layers that are found.
        gains: what it saves to move each atom there.
    """
    for at in range(len(atoms)):
        row, size = atom_bits[atoms[at]], atom_sizes[atoms[at]]
        weight = weigh(row, scale)
        least, to = np.inf, 0
        for layer in range(len(sizes)):
            whole, now = sizes[layer] + size, sizes[layer] * weights[layer]
            # both weigh no less than either does
            if layer != lie[at] and whole * max(weights[layer], weight) - now < least:
                cost = whole * weigh_both(bits[layer], row, scale) - now
                if cost < least:
                    least, to = cost, layer
        best[at], gains[at] = to, saved[at] - least


@compiled(NUMBER(BITS, COSTS, COSTS, GIVEN_BITS, GIVEN_COSTS, NUMBERS, NUMBERS, PAIRS, SCALE, COST))
def move_all(
    bits: Bits,
    sizes: Costs,
    weights: Costs,
    atom_bits: Bits,
    atom_sizes: Costs,
    first: Indices,
    after: Indices,
    wanted: Indices,
    scale: Weights,
    worth: float,
) -> int:
    """Move atoms one after another where that saves; return how many were moved.

    Args:
        bits: the scenarios of each layer; changed, as are the next two.
        sizes: its bytes.
        weights: the weight of its scenarios.
        atom_bits: the scenarios of all atoms.
        atom_sizes: their bytes.
        first: an atom of each layer; changed.
        after: for each atom another one of the same layer, or -1; changed.
        wanted: an atom, the layer it is in, and where it may go; changed: those that were moved come first.
        scale: what scenarios weigh.
        worth: the part of what is saved that the move may cost.
    """
    moved = 0
    rest = np.empty(bits.shape[1], dtype=np.uint64)
    for number in range(len(wanted)):
        atom, at, to = wanted[number]
        rest[:] = 0
        others, before, one = 0, -1, first[at]
        while one >= 0:
            if one == atom:
                before = others
            else:
                others += 1
                add_to(rest, atom_bits[one])
            one = after[one]
        if not others:
            continue
        size = atom_sizes[atom]
        here, there = weigh(rest, scale), weigh_both(bits[to], atom_bits[atom], scale)
        gain = sizes[at] * weights[at] - (sizes[at] - size) * here
        if (sizes[to] + size) * there - sizes[to] * weights[to] < gain * worth:
            if before:
                one = first[at]
                for _ in range(before - 1):
                    one = after[one]
                after[one] = after[atom]
            else:
                first[at] = after[atom]
            after[atom], first[to] = first[to], atom
            sizes[at] -= size
            sizes[to] += size
            weights[at], weights[to] = here, there
            bits[at] = rest
            add_to(bits[to], atom_bits[atom])
            wanted[moved, 0], wanted[moved, 1], wanted[moved, 2] = atom, at, to
            moved += 1
    return moved
