"""The closure as a tree that is never unrolled: as a tree, a DAG of some hundred paths has no end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Self
from weakref import WeakKeyDictionary

from nixdive.ui.panes.order import following

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.closure.closure import Closure

_AT_ONCE = 23  # rows of the closure in a terminal of 36 lines


class Order(StrEnum):
    """What the children of a path are sorted by."""

    ADDED = "Added"
    NAR = "NAR"
    CLOSURE = "Closure"
    NAME = "Store path"

    def next(self) -> Order:
        """Return the order that follows, round and round."""
        return following(self)


@dataclass(frozen=True, slots=True)
class Ranks:
    """The place of every store path in an order: the largest first, equal ones by name.

    Attributes:
        order: the order.
        places: for each path its place.
    """

    order: Order
    places: Sequence[int]

    @classmethod
    def of(cls, closure: Closure, order: Order) -> Self:
        """Return the places of a closure's paths; they are worked out once."""
        known = _KNOWN.setdefault(closure, {})
        if order not in known:
            known[order] = _places(closure, order)
        return cls(order, known[order])

    def sorted(self, paths: Iterable[int]) -> list[int]:
        """Return some paths in this order."""
        return sorted(paths, key=self.places.__getitem__)


_KNOWN: WeakKeyDictionary[Closure, dict[Order, Sequence[int]]] = WeakKeyDictionary()


def _places(closure: Closure, order: Order) -> Sequence[int]:
    if order is Order.NAME:
        return closure.by_name
    if order is Order.NAR:
        figures: Sequence[int] = closure.nar_sizes
    else:
        measures = closure.measures
        figures = measures.added_sizes if order is Order.ADDED else measures.closure_sizes
    names = closure.by_name
    places = [0] * len(closure)
    for place, path in enumerate(sorted(range(len(closure)), key=lambda i: (-figures[i], names[i]))):
        places[path] = place
    return places


class Row(NamedTuple):
    """One line of the tree.

    Attributes:
        path: the index of the store path.
        depth: how far below its root it stands; -1 in a list, which is not a tree.
        guides: bits, one for each level: whether more siblings follow there.
        parent: the row of the parent, or -1.
        first: whether it is the first sight of the path; later ones are links to it, without children.
        opened: whether the children are shown.
        leaf: whether there is nothing below it.
    """

    path: int
    depth: int
    guides: int
    parent: int
    first: bool
    opened: bool
    leaf: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """What is shown of a closure.

    Attributes:
        closure: the closure.
        rows: its lines.
        opened: the paths whose children are shown.
        ranks: what siblings are sorted by.
        top: the paths at the top.
        upward: whether below a path stands what refers to it, not what it refers to.
    """

    closure: Closure
    rows: tuple[Row, ...]
    opened: frozenset[int]
    ranks: Ranks
    top: tuple[int, ...]
    upward: bool = False

    @classmethod
    def of(cls, closure: Closure, order: Order = Order.ADDED) -> Tree:
        """Return the tree with the roots opened and what adds most below them, a screenful of it."""
        tree = cls(closure, (), frozenset(), Ranks.of(closure, order), closure.roots).grown(closure.roots)
        added = closure.measures.added_sizes
        while len(tree.rows) < _AT_ONCE:
            closed = (row.path for row in tree.rows if row.first and not row.opened)
            inner = [path for path in closed if closure.references[path]]
            if not inner:
                break
            tree = tree.grown(tree.opened | {max(inner, key=lambda path: (added[path], -path))})
        return tree

    @classmethod
    def above(cls, closure: Closure, path: int, order: Order = Order.ADDED) -> Tree:
        """Return the tree of what refers to a path, near and far."""
        return cls(closure, (), frozenset(), Ranks.of(closure, order), (path,), upward=True).grown({path})

    @property
    def order(self) -> Order:
        """What siblings are sorted by."""
        return self.ranks.order

    @property
    def arrows(self) -> Sequence[Sequence[int]]:
        """For each path those that stand below it."""
        return self.closure.referrers if self.upward else self.closure.references

    def toggled(self, row: int) -> Tree:
        """Return the tree with the children of a row shown or hidden; the same where it has none to show."""
        path = self.rows[row].path
        if not self.rows[row].first or not self.arrows[path]:
            return self
        return self.grown(self.opened ^ {path})

    def folded(self) -> Tree:
        """Return the tree with nothing but the top opened."""
        return self.grown(self.top)

    def deeper(self) -> Tree:
        """Return the tree with one level more of it opened."""
        arrows = self.arrows
        return self.grown(self.opened | {row.path for row in self.rows if row.first and arrows[row.path]})

    def unfolded(self) -> Tree:
        """Return the tree with all of it opened: a line for each reference."""
        return self.grown(i for i, row in enumerate(self.arrows) if row)

    def sorted_by(self, order: Order) -> Tree:
        """Return the tree in another order."""
        ranks = Ranks.of(self.closure, order)
        return Tree(self.closure, (), self.opened, ranks, self.top, self.upward).grown(self.opened)

    def revealed(self, path: int) -> Tree:
        """Return the tree with all opened that a path needs to be seen."""
        if self.find(path) is not None or self.upward:
            return self
        from nixdive.closure.why import shortest_chains

        chains = shortest_chains(self.closure, path, 1)
        return self.grown(self.opened.union(chains[0][:-1])) if chains else self

    def find(self, path: int) -> int | None:
        """Return the row of the first sight of a path, or None where it is not shown."""
        return next((i for i, row in enumerate(self.rows) if row.path == path and row.first), None)

    def grown(self, opened: Iterable[int]) -> Tree:
        """Return the tree with the children of these paths shown."""
        opened = frozenset(opened)
        rows = _rows(self.arrows, self.ranks, self.top, opened)
        return Tree(self.closure, rows, opened, self.ranks, self.top, self.upward)


def _rows(
    arrows: Sequence[Sequence[int]], ranks: Ranks, top: Sequence[int], opened: frozenset[int]
) -> tuple[Row, ...]:
    first_ones = ranks.sorted(top)
    rows: list[Row] = []
    seen: set[int] = set()
    # a stack of (path, depth, guides, parent): closures are deeper than Python's own stack
    last = len(first_ones) - 1
    stack = [(first_ones[i], 0, int(i < last), -1) for i in range(last, -1, -1)]
    while stack:
        path, depth, guides, parent = stack.pop()
        first = path not in seen
        below = arrows[path]
        if not first or not below or path not in opened:
            seen.add(path)
            rows.append(Row(path, depth, guides, parent, first, opened=False, leaf=not below))
            continue
        seen.add(path)
        here, deeper = len(rows), depth + 1
        rows.append(Row(path, depth, guides, parent, first=True, opened=True))
        children = ranks.sorted(below)
        last = len(children) - 1
        stack.append((children[last], deeper, guides, here))
        more = guides | 1 << deeper
        stack += [(children[i], deeper, more, here) for i in range(last - 1, -1, -1)]
    return tuple(rows)
