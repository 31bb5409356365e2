"""What is around the store layers of an image, and how they were found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.layering.plan import Layer
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class Frame:
    """The layers below and above the store layers, which count in the budget, and the layout that was found.

    Attributes:
        base: layers of the base image, lowest first.
        customisation: the layer of links at the root, or None.
        found: the store layers as they were found, lowest first, which the strategy `keep` keeps; empty for
            a closure.
    """

    base: tuple[Layer, ...] = ()
    customisation: Layer | None = None
    found: tuple[tuple[StorePath, ...], ...] = ()
