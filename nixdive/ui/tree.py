"""The closure as a tree that is never unrolled: as a tree, a DAG of some hundred paths has no end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nixdive.closure.closure import Closure


_AT_ONCE = 4


class Order(StrEnum):
    """What the children of a path are sorted by."""

    ADDED = "Added"
    NAR = "NAR"
    CLOSURE = "Closure"
    NAME = "Store path"

    def next(self) -> Order:
        """Return the order that follows, round and round."""
        orders = tuple(Order)
        return orders[(orders.index(self) + 1) % len(orders)]

    def key(self, closure: Closure) -> Callable[[int], tuple[int, str]]:
        """Return the key that sorts indices of store paths: the largest first, equal ones by name."""
        if self is Order.NAME:
            return lambda path: (0, closure.paths[path].name)
        figures: Sequence[int]
        if self is Order.NAR:
            figures = closure.nar_sizes
        else:
            measures = closure.measures
            figures = measures.added_sizes if self is Order.ADDED else measures.closure_sizes
        return lambda path: (-figures[path], closure.paths[path].name)


class Row(NamedTuple):
    """One line of the tree.

    Attributes:
        path: the index of the store path.
        depth: how far below its root it stands; -1 in a list, which is no tree.
        guides: bits, one for each level: whether more siblings follow there.
        parent: the row of the parent, or -1.
        first: whether it is the first sight of the path; later ones are links to it, without children.
        opened: whether the children are shown.
    """

    path: int
    depth: int
    guides: int
    parent: int
    first: bool
    opened: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """What is shown of a closure.

    Attributes:
        closure: the closure.
        rows: its lines.
        opened: the paths whose children are shown.
        order: what siblings are sorted by.
    """

    closure: Closure
    rows: tuple[Row, ...]
    opened: frozenset[int]
    order: Order

    @classmethod
    def of(cls, closure: Closure, order: Order = Order.ADDED) -> Tree:
        """Return the tree with the roots opened, and what follows them as long as there is no choice."""
        opened = set(closure.roots)
        if len(closure.roots) == 1:
            here = closure.roots[0]
            while len(closure.references[here]) == 1 and len(opened) < _AT_ONCE:
                here = closure.references[here][0]
                opened.add(here)
        return _grown(closure, frozenset(opened), order)

    def toggled(self, row: int) -> Tree:
        """Return the tree with the children of a row shown or hidden; the same where it has none to show."""
        path = self.rows[row].path
        if not self.rows[row].first or not self.closure.references[path]:
            return self
        return _grown(self.closure, self.opened ^ {path}, self.order)

    def folded(self) -> Tree:
        """Return the tree with nothing but the roots opened."""
        return _grown(self.closure, frozenset(self.closure.roots), self.order)

    def sorted_by(self, order: Order) -> Tree:
        """Return the tree in another order."""
        return _grown(self.closure, self.opened, order)

    def revealed(self, path: int) -> Tree:
        """Return the tree with all opened that a path needs to be seen."""
        if self.find(path) is not None:
            return self
        from nixdive.closure.why import shortest_chains

        chains = shortest_chains(self.closure, path, 1)
        if not chains:
            return self
        return _grown(self.closure, self.opened.union(chains[0][:-1]), self.order)

    def find(self, path: int) -> int | None:
        """Return the row of the first sight of a path, or None where it is not shown."""
        return next((i for i, row in enumerate(self.rows) if row.path == path and row.first), None)


def _grown(closure: Closure, opened: frozenset[int], order: Order) -> Tree:
    key = order.key(closure)
    top = sorted(closure.roots, key=key)
    rows: list[Row] = []
    seen: set[int] = set()
    # a stack of (path, depth, guides, parent): closures are deeper than Python's own stack
    stack = [(path, 0, int(i < len(top) - 1), -1) for i, path in reversed(list(enumerate(top)))]
    while stack:
        path, depth, guides, parent = stack.pop()
        first = path not in seen
        seen.add(path)
        shown = first and path in opened and bool(closure.references[path])
        rows.append(Row(path, depth, guides, parent, first, shown))
        if shown:
            here = len(rows) - 1
            below = depth + 1
            children = sorted(closure.references[path], key=key)
            last = len(children) - 1
            stack += [
                (child, below, guides | (i < last) << below, here)
                for i, child in reversed(list(enumerate(children)))
            ]
    return Tree(closure, tuple(rows), opened, order)
