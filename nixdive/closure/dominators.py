"""Dominators: for each path the nearest one through which every way from a root leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure


def immediate_dominators(closure: Closure) -> tuple[int, ...]:
    """Return the immediate dominator of each path by index; -1 for none, and where no root needs the path.

    Without circles one pass in topological order is enough: a path's dominator is the nearest common ancestor
    of its referrers in the tree of dominators so far (Cooper, Harvey and Kennedy, A Simple, Fast Dominance
    Algorithm). Ancestors are found by jump pointers (Myers, An Applicative Random-Access Stack), so that a
    deep tree costs a logarithm, not its depth. networkx takes four times as long, mostly to build its graph.
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
