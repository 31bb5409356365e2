"""What was pushed before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan
    from nixdive.store.path import StorePath


@dataclass(frozen=True)
class Past:
    """Earlier versions of what is planned, oldest first.

    Attributes:
        closures: their store paths: what changes and how often can be seen in them.
        plans: how they were laid out: their layers are in the registry.
    """

    closures: tuple[Closure, ...] = ()
    plans: tuple[LayerPlan, ...] = ()

    @cached_property
    def pushed(self) -> frozenset[tuple[StorePath, ...]]:
        """The store layers that the registry has."""
        return frozenset(layer.paths for plan in self.plans for layer in plan.layers if layer.paths)
