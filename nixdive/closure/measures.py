"""Measures of a closure: the size of what each path needs, and of what only it needs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from nixdive.closure.bits import planes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nixdive.closure.closure import Closure

_WINDOW = 8192  # bits of a set: 1 KiB for each path
_FEW = 32  # up to so many bits are counted faster one by one


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures for every path of a closure, by index.

    Attributes:
        closure_sizes: NAR bytes of the path and of everything it needs.
        closure_counts: how many paths those are.
        added_sizes: NAR bytes that would disappear from the closure if the path were removed: its own and
            those of the paths that can only be reached through it.
        dominators: the nearest path that is on every chain from a root to this one (its immediate dominator);
            -1 if there is no such path.
        depths: the number of arrows on the longest way down from the path.
    """

    closure_sizes: tuple[int, ...]
    closure_counts: tuple[int, ...]
    added_sizes: tuple[int, ...]
    dominators: tuple[int, ...]
    depths: tuple[int, ...]


def measure(closure: Closure) -> Measures:
    """Return the figures of every path of a closure.

    If roots were given, there may be paths that no root needs: no path dominates them, and only their own
    NAR would disappear with them.
    """
    sizes, counts = _closures(closure)
    dominators = immediate_dominators(closure)
    added = list(closure.nar_sizes)
    depths = [0] * len(closure)
    for path in closure.topological:
        depths[path] = max((depths[target] + 1 for target in closure.references[path]), default=0)
        if dominators[path] >= 0:
            added[dominators[path]] += added[path]
    return Measures(tuple(sizes), tuple(counts), tuple(added), dominators, tuple(depths))


def _closures(closure: Closure) -> tuple[list[int], list[int]]:
    """Return the size and the number of paths of every path's closure.

    A path's closure is a set of bits, one for each place in topological order. It is cut into windows:
    whatever a place needs is below it, so that no place below a window has a bit in it, which saves half of
    the work and bounds the memory. The size of a closure is that of the largest closure it includes, plus the
    size of what is not in that one.
    """
    order = closure.topological
    place = [0] * len(order)
    for position, path in enumerate(order):
        place[path] = position
    rows = [sorted((place[target] for target in closure.references[path]), reverse=True) for path in order]
    sizes = [0] * len(order)
    counts = [0] * len(order)
    for start in range(0, len(order), _WINDOW):
        weights = [closure.nar_sizes[path] for path in order[start : start + _WINDOW]]
        for position, (size, number) in enumerate(_window(rows, start, weights), start):
            sizes[order[position]] += size
            counts[order[position]] += number
    return sizes, counts


def _window(rows: Sequence[Sequence[int]], start: int, weights: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield, for each place from the start on, the weight and the count of what it needs in the window."""
    weigh = _scale(weights)
    within: list[int] = []
    figures: list[tuple[int, int]] = []
    for position, row in enumerate(islice(rows, start, None)):
        bits = 1 << position if position < len(weights) else 0
        most = largest = size = 0
        for target in row:
            if target < start:
                break  # they are sorted
            below = within[target - start]
            bits |= below
            number = figures[target - start][1]
            if number > most:
                most, largest, size = number, below, figures[target - start][0]
        within.append(bits)
        figures.append((size + weigh(bits ^ largest), bits.bit_count()))
        yield figures[-1]


def _scale(weights: Sequence[int]) -> Callable[[int], int]:
    """Return a function that adds up the weights of the bits of a set.

    A few bits are added one by one; many bits are counted for each binary digit of the weights.
    """
    digits = [(power, plane) for power, plane in enumerate(planes(weights)) if plane]

    def weigh(bits: int) -> int:
        if bits.bit_count() < _FEW:
            total = 0
            while bits:
                highest = bits.bit_length() - 1
                total += weights[highest]
                bits ^= 1 << highest
            return total
        return sum([(bits & plane).bit_count() << power for power, plane in digits])

    return weigh


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
