"""Measures of a closure: the size of what each path needs, and of what only it needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nixdive.closure.reach import reach

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure


@dataclass(frozen=True, eq=False)
class Measures:
    """Figures for every path of a closure, by index; each is worked out when it is asked for.

    Sizes of closures take ten times as long as added sizes.

    Attributes:
        closure: the closure.
    """

    closure: Closure

    @cached_property
    def _reached(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        sizes, counts = reach(self.closure.references, self.closure.topological, self.closure.nar_sizes)
        return tuple(sizes), tuple(counts)

    @property
    def closure_sizes(self) -> tuple[int, ...]:
        """NAR bytes of the path and of everything it needs."""
        return self._reached[0]

    @property
    def closure_counts(self) -> tuple[int, ...]:
        """How many paths those are."""
        return self._reached[1]

    @property
    def reached(self) -> bool:
        """Whether the sizes of closures have been worked out."""
        return "_reached" in self.__dict__

    @cached_property
    def dominators(self) -> tuple[int, ...]:
        """The nearest path that is on every chain from a root to this one (its immediate dominator).

        -1 if there is no such path.
        """
        return immediate_dominators(self.closure)

    @cached_property
    def added_sizes(self) -> tuple[int, ...]:
        """NAR bytes that would disappear from the closure if the path were removed.

        Its own and those of the paths that can only be reached through it. If roots were given, there may be
        paths that no root needs: no path dominates them, and only their own NAR would disappear with them.
        """
        dominators, added = self.dominators, list(self.closure.nar_sizes)
        for path in self.closure.topological:
            if dominators[path] >= 0:
                added[dominators[path]] += added[path]
        return tuple(added)


def immediate_dominators(closure: Closure) -> tuple[int, ...]:
    """Return the immediate dominator of each path by index; -1 if it has none, or no root needs the path.

    Without circles one pass in topological order is enough: a path's dominator is the nearest common ancestor
    of its referrers in the tree of dominators so far (Cooper, Harvey and Kennedy, A Simple, Fast Dominance
    Algorithm). Ancestors are found by jump pointers (Myers, An Applicative Random-Access Stack), so that a
    deep tree costs a logarithm, not its depth. networkx takes five times as long once its graph is there.
    """
    tree = _Tree(len(closure))
    root = len(closure)
    roots = set(closure.roots)
    for path in reversed(closure.topological):
        above = [referrer for referrer in closure.referrers[path] if tree.depth[referrer]]
        if path in roots:
            tree.hang(path, root)
        elif above:
            nearest = above[0]
            for referrer in above[1:]:
                nearest = tree.common(nearest, referrer)
            tree.hang(path, nearest)
    return tuple(-1 if parent == root else parent for parent in tree.parent[:root])


class _Tree:
    """A tree that grows by leaves, with the nearest common ancestor of two nodes in logarithmic time.

    Its root is the last node. A node that does not hang in the tree has no parent (-1) and depth 0.
    """

    def __init__(self, root: int) -> None:
        self.parent = [-1] * root + [root]
        self.depth = [0] * (root + 1)
        self._jump = [root] * (root + 1)

    def hang(self, node: int, parent: int) -> None:
        """Hang a node below one that hangs already."""
        depth, jump = self.depth, self._jump
        first = jump[parent]
        second = jump[first]
        self.parent[node] = parent
        depth[node] = depth[parent] + 1
        jump[node] = second if depth[parent] - depth[first] == depth[first] - depth[second] else parent

    def common(self, left: int, right: int) -> int:
        """Return the nearest common ancestor of two nodes."""
        parent, depth, jump = self.parent, self.depth, self._jump
        if depth[left] < depth[right]:
            left, right = right, left
        low = depth[right]
        while depth[left] > low:
            left = jump[left] if depth[jump[left]] >= low else parent[left]
        while left != right:
            if jump[left] != jump[right]:
                left, right = jump[left], jump[right]
            else:
                left, right = parent[left], parent[right]
        return left
