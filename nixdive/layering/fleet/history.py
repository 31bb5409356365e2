"""What was pushed of a fleet before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class FleetHistory:
    """Earlier versions.

    Attributes:
        closures: of the whole fleet, oldest first: what changes and how often can be seen in them.
        pushed: the store layers that the registry has.
    """

    closures: tuple[Closure, ...] = ()
    pushed: frozenset[tuple[StorePath, ...]] = frozenset()
