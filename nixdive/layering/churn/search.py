"""The search: from paths and scenarios to layers."""

from __future__ import annotations

from functools import cached_property
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.hierarchy import BottomUp, TopDown
from nixdive.layering.churn.moves import exchange, fill, move
from nixdive.progress import go_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.layering.change.scenarios import Costs, Indices, Scenarios

PIECES = 2000  # finer ones follow the draws instead of the rates
_START = 500  # layers that the way from the bottom starts with: four for each that an image may have
_THIN = 4
_ROUNDS = 5
_NEAR = 2  # rounds from layers that are good already
_WORTH = 0.998  # a round that gains less is the last
EXACT = 11  # up to so many atoms the optimum is found; the number of partitions grows very fast
_LESS = 1 - 1e-12  # costs nearer to each other differ by the order of sums alone
_BACK = 3  # so many counts below the one that was asked for: more room costs no more
_BOTH = 12  # up to so many layers the way from the top is tried besides the way from the bottom


class Search:
    """Lays out some paths of a closure within any number of layers.

    What does not depend on that number is worked out once.

    Args:
        scenarios: when each path of the closure changes.
        sizes: bytes of each.
        paths: which of them are to be laid out.
        among: the search for these and a few more, from whose pieces this one goes on: that is quick.
    """

    def __init__(
        self,
        scenarios: Scenarios,
        sizes: Sequence[int],
        paths: Sequence[int],
        among: Search | None = None,
    ) -> None:
        self._paths = Atoms.apart(scenarios, sizes, paths)
        if among is None:
            atoms = Atoms.of(scenarios, sizes, paths)
            if len(atoms) > PIECES:
                atoms = atoms.joined(TopDown(atoms.thinned(_THIN)).layers(PIECES))
            self._atoms = atoms
            alone = list(np.arange(len(atoms))[:, None])
            self._start = alone if len(atoms) <= _START else self._cuts.layers(_START)
        else:
            self._atoms, self._start = among.left(self._paths)
        self._found: dict[int, list[Indices]] = {}

    @cached_property
    def _cuts(self) -> TopDown:
        return TopDown(self._atoms)

    @cached_property
    def _glance(self) -> Atoms:
        return self._atoms.thinned(_THIN)

    @cached_property
    def _merges(self) -> BottomUp:
        return BottomUp(self._glance, self._start)

    def left(self, paths: Atoms) -> tuple[Atoms, list[Indices]]:
        """Return what is left of the pieces, and of the layers to start with, where only some paths are.

        Args:
            paths: an atom for each path that is left.
        """
        place = {path: at for at, (path,) in enumerate(paths.members)}
        kept = [[place[path] for path in piece if path in place] for piece in self._atoms.members]
        number = np.cumsum([bool(piece) for piece in kept]) - 1
        pieces = paths.joined([np.array(piece, dtype=np.int64) for piece in kept if piece])
        there = np.array([bool(piece) for piece in kept])
        start = [number[layer[there[layer]]] for layer in self._start]
        return pieces, [layer for layer in start if len(layer)]

    def growth(self, many: int, few: int) -> float:
        """Return how many times as much few layers cost as many, on the way from the bottom."""
        last = len(self._start)
        dear, cheap = (self._merges.costs[max(last - count, 0)] for count in (few, many))
        return dear / cheap if cheap else 1.0

    def layers(
        self, count: int, others: Iterable[Sequence[Sequence[int]]] = (), *, back: int = _BACK
    ) -> list[list[int]]:
        """Return the layers that cost least, of what is found.

        Args:
            count: how many there may be.
            others: layouts of the same paths that may be better; the result costs no more than the best.
            back: so many counts below are searched too.
        """
        if count >= len(self._atoms):  # nothing costs less than each alone
            return [list(one) for one in self._atoms.members]
        best = self._searched(count)
        fewer, last = count - 1, max(count - back, 1)
        while fewer >= last:  # what is found with fewer may lead further
            other = self._searched(fewer)
            go_on()
            fill(other, count)
            if other.cost < best.cost * _LESS:
                best, last = other, max(fewer - back, 1)
            fewer -= 1
        for layout in others:
            named = self._paths.named(layout)
            if self._paths.at_least(named) >= best.cost:
                continue
            other = Draft(self._paths, named)
            if other.cost < best.cost:
                best = _refined(other, self._paths.thinned(_THIN), count)
        if len(self._atoms) <= EXACT:
            better = optimum(self._atoms, count, best.cost)
            best = Draft(self._atoms, better) if better else best
        return [[i for atom in layer.tolist() for i in best.atoms.members[atom]] for layer in best.layers]

    def _searched(self, count: int) -> Draft:
        """Return the layers that are found on the ways from the bottom and from the top; remembered."""
        if count not in self._found:
            starts = [self._merges.layers(count)]
            if count <= _BOTH:
                starts.append(self._cuts.layers(count))
            drafts = [_refined(Draft(self._atoms, start), self._glance, count) for start in starts]
            self._found[count] = min(drafts, key=lambda draft: draft.cost).layers
        return Draft(self._atoms, self._found[count])


class Near:
    """Layouts that cost no more than some that are good already; quicker than a search.

    The cuts of a layer that several layouts have are looked for once.

    Args:
        scenarios: when each path of the closure changes.
        sizes: bytes of each.
        paths: those that are in any of the layouts, sorted.
    """

    def __init__(self, scenarios: Scenarios, sizes: Sequence[int], paths: Sequence[int]) -> None:
        self._atoms = Atoms.apart(scenarios, sizes, paths)
        self._glance = self._atoms.thinned(_THIN)

    def layers(self, start: Sequence[Sequence[int]], count: int) -> list[list[int]]:
        """Return layers of the same paths.

        Args:
            start: the paths of each layer to start with.
            count: how many layers there may be, at least as many as those.
        """
        atoms = self._atoms
        draft = _refined(Draft(atoms, atoms.named(start)), self._glance, count, _NEAR)
        return [[path for atom in layer.tolist() for path in atoms.members[atom]] for layer in draft.layers]


def _refined(draft: Draft, glance: Atoms, count: int, rounds: int = _ROUNDS) -> Draft:
    before = draft.cost
    for _ in range(rounds):
        go_on()
        fill(draft, count)
        exchange(draft)
        go_on()
        move(draft, glance)
        cost = draft.cost
        if cost > before * _WORTH:
            break
        before = cost
    fill(draft, count)
    return draft


def optimum(atoms: Atoms, count: int, known: float, again: Costs | None = None) -> list[Indices] | None:
    """Return the layers that cost least of all partitions into at most so many.

    Args:
        atoms: at most EXACT.
        count: layers.
        known: a cost that is already had; None is returned where nothing is cheaper.
        again: for each atom what it costs besides where it is not alone; nothing where it is not given.
    """
    besides = [0.0] * len(atoms) if again is None else again.tolist()
    bits = [int.from_bytes(np.ascontiguousarray(row).astype("<u8").tobytes(), "little") for row in atoms.bits]
    masks = _masks(atoms)
    sizes = atoms.sizes.tolist()
    order = sorted(range(len(atoms)), key=lambda i: -sizes[i] * float(atoms.weights[i]))
    weights: dict[int, float] = {}

    def weigh(row: int) -> float:
        found = weights.get(row)
        if found is None:
            found = weights[row] = float(sum(scale * (row & mask).bit_count() for mask, scale in masks))
        return found

    best = known * (1 - 1e-9)
    home = [0] * len(order)
    found: list[int] | None = None
    alone = [sizes[i] * weigh(bits[i]) for i in order]
    left = [fsum(alone[at:]) for at in range(len(order) + 1)]  # no atom costs less than it does alone
    layers: list[tuple[float, int, float, float]] = []

    def place(at: int, cost: float) -> None:
        nonlocal best, found
        if cost + left[at] >= best:
            return
        if at == len(order):
            best, found = cost, home.copy()
            return
        i = order[at]
        for number, (size, row, paid, before) in enumerate(layers):
            union = row | bits[i]
            pays = paid + besides[i]
            after = (size + sizes[i]) * weigh(union) + pays
            layers[number] = (size + sizes[i], union, pays, after)
            home[at] = number
            place(at + 1, cost - before + after)
            layers[number] = (size, row, paid, before)
        if len(layers) < count:
            home[at] = len(layers)
            layers.append((sizes[i], bits[i], besides[i], alone[at]))
            place(at + 1, cost + alone[at])
            layers.pop()

    place(0, 0.0)
    if found is None:
        return None
    groups: dict[int, list[int]] = {}
    for i, number in zip(order, found, strict=True):
        groups.setdefault(number, []).append(i)
    return [np.array(sorted(group), dtype=np.int64) for group in groups.values()]


def _masks(atoms: Atoms) -> list[tuple[int, int]]:
    """Return for each weight the scenarios that have it."""
    starts = [*atoms.scale.starts.tolist(), atoms.bits.shape[1]]
    ranges = zip(starts[:-1], starts[1:], atoms.scale.weights.tolist(), strict=True)
    return [((1 << 64 * end) - (1 << 64 * start), weight) for start, end, weight in ranges]
