"""What the rows of a pane are sorted by, one after the other."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

Ordered = TypeVar("Ordered", bound=StrEnum)


def following(order: Ordered) -> Ordered:
    """Return the order that follows in its enumeration, round and round."""
    orders = tuple(type(order))
    return orders[(orders.index(order) + 1) % len(orders)]
