"""What store paths are sorted by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.closure.closure import Closure


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
