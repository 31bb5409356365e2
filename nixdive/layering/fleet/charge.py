"""What a layer costs by how many images use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.layering.change.arrays import Costs

# what a byte that one image pulls counts beside a byte that is pushed
PULL = 0.2


@dataclass(frozen=True, slots=True)
class Charge:
    """The price of bytes that change: they are pushed once, and pulled by every image that uses them.

    Attributes:
        images: for each kind of image how many there are; those that hold the same paths are of one kind.
        pull: what a byte that one image pulls counts beside one that is pushed.
    """

    images: Costs
    pull: float = PULL

    def of(self, counts: Costs) -> Costs:
        """Return the price of a byte by the number of images that use it; nothing where none does."""
        prices: Costs = (counts > 0) + self.pull * counts
        return prices
