"""Why a path is in the closure: the chains of references that lead to it from a root.

networkx has this as `shortest_simple_paths`, but searches again from every link of each chain that it has
found: in a closure 300 levels deep, a thousand chains take it seconds, and hundredths of a second here.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count, islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nixdive.closure.closure import Closure


def shortest_chains(closure: Closure, target: int, limit: int) -> tuple[tuple[int, ...], ...]:
    """Return chains of references from a root to a path, shortest first, equally long ones by index.

    Every root that needs the path gets one of its shortest chains, as far as the limit allows, before any
    root gets a second chain.

    Args:
        closure: where to look.
        target: the index of the path to explain; a root is a chain by itself.
        limit: how many chains at most. The work grows with it, not with the number of chains that exist.
    """
    distances = _distances(closure, target)
    needing = sorted((distances[root], root) for root in closure.roots if root in distances)
    roots = [root for _, root in needing]
    found = [_straight(closure, root, distances) for root in roots[: max(limit, 0)]]
    first = frozenset(found)
    others = (chain for chain in _chains(closure, roots, distances) if chain not in first)
    found += islice(others, max(limit - len(found), 0))
    return tuple(sorted(found, key=lambda chain: (len(chain), chain)))


def _distances(closure: Closure, target: int) -> dict[int, int]:
    distances = {target: 0}
    queue = [target]
    for here in queue:
        for referrer in closure.referrers[here]:
            if referrer not in distances:
                distances[referrer] = distances[here] + 1
                queue.append(referrer)
    return distances


def _straight(closure: Closure, root: int, distances: Mapping[int, int]) -> tuple[int, ...]:
    chain = [root]
    while left := distances[chain[-1]]:
        chain.append(next(to for to in closure.references[chain[-1]] if distances.get(to) == left - 1))
    return tuple(chain)


class _Start(NamedTuple):
    """The start of a chain, in the order in which starts are extended: by shortest chain, then longest start.

    The serial number is unique, so that the fields after it are never compared.
    """

    whole: int  # number of references in the shortest chain with this start
    left: int  # how many of them are still missing
    serial: int
    last: int
    before: _Start | None

    def chain(self) -> tuple[int, ...]:
        links = [self.last]
        start = self.before
        while start is not None:
            links.append(start.last)
            start = start.before
        return tuple(reversed(links))


def _chains(
    closure: Closure, roots: Iterable[int], distances: Mapping[int, int]
) -> Iterator[tuple[int, ...]]:
    # best first with exact distances (A*): every start that is extended leads straight to a chain
    serial = count()
    heap = [_Start(distances[root], distances[root], next(serial), root, None) for root in roots]
    heapify(heap)
    while heap:
        start = heappop(heap)
        if not start.left:
            yield start.chain()
            continue
        gone = start.whole - start.left + 1
        for to in closure.references[start.last]:
            if to in distances:
                left = distances[to]
                heappush(heap, _Start(gone + left, left, next(serial), to, start))
