"""The search: from paths and scenarios to layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.churn.atoms import Atoms
from nixdive.layering.churn.draft import Draft
from nixdive.layering.churn.exact import MOST, optimum
from nixdive.layering.churn.exchange import exchange, fill
from nixdive.layering.churn.merge import BottomUp
from nixdive.layering.churn.moves import move
from nixdive.layering.churn.topdown import TopDown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.layering.change.arrays import Indices
    from nixdive.layering.change.scenarios import Scenarios

_PIECES = 2000  # finer ones follow the draws instead of the rates
_START = 500  # layers that the way from the bottom starts with: four for each that an image may have
_THIN = 4
_ROUNDS = 5
_WORTH = 0.998  # a round that gains less is the last
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
        self, scenarios: Scenarios, sizes: Sequence[int], paths: Sequence[int], among: Search | None = None
    ) -> None:
        self._paths = Atoms.apart(scenarios, sizes, paths)
        if among is None:
            atoms = Atoms.of(scenarios, sizes, paths)
            if len(atoms) > _PIECES:
                atoms = atoms.joined(TopDown(atoms.thinned(_THIN)).layers(_PIECES))
            self._cuts = TopDown(atoms)
            self._start = self._cuts.layers(_START)
        else:
            atoms, self._start = among.left(self._paths)
            self._cuts = TopDown(atoms)
        self._atoms = atoms
        self._glance = atoms.thinned(_THIN)
        self._merges = BottomUp(self._glance, self._start)

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

    def layers(self, count: int, others: Iterable[Sequence[Sequence[int]]] = ()) -> list[list[int]]:
        """Return the layers that cost least, of what is found.

        Args:
            count: how many there may be.
            others: layouts of the same paths that may be better; the result costs no more than the best.
        """
        if count >= len(self._atoms):  # nothing costs less than each alone
            return [list(one) for one in self._atoms.members]
        starts = [self._merges.layers(count)]
        if count <= _BOTH:
            starts.append(self._cuts.layers(count))
        drafts = [self._refined(Draft(self._atoms, start), self._glance, count) for start in starts]
        best = min(drafts, key=lambda draft: draft.cost)
        for layout in others:
            other = Draft(self._paths, self._paths.named(layout))
            if other.cost < best.cost:
                best = self._refined(other, self._paths.thinned(_THIN), count)
        if len(self._atoms) <= MOST:
            better = optimum(self._atoms, count, best.cost)
            best = Draft(self._atoms, better) if better else best
        return [[i for atom in layer.tolist() for i in best.atoms.members[atom]] for layer in best.layers]

    @staticmethod
    def _refined(draft: Draft, glance: Atoms, count: int) -> Draft:
        before = draft.cost
        for _ in range(_ROUNDS):
            fill(draft, count)
            exchange(draft)
            move(draft, glance)
            cost = draft.cost
            if cost > before * _WORTH:
                break
            before = cost
        fill(draft, count)
        return draft
