"""What is around the store layers of an image, and how they were found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nixdive.layering.request import MOST_LAYERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.plan import Layer
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class Frame:
    """The layers around those of the store, which count in the budget, and the layout that was found.

    Attributes:
        base: layers of the base image, lowest first.
        customisation: the layer of links at the root, or None.
        found: the store layers as they were found, lowest first, which the strategy `keep` keeps; empty for
            a closure.
        diff_ids: what the tars of the found layers hash to, where they were found as tars.
        above: layers that stay as they are, above the lowest store layer, each with the number of found
            layers below it. `keep` leaves them there; else they lie above all store layers.
        repeats: layers that only repeat a found one, with the same number; `keep` alone keeps them.
    """

    base: tuple[Layer, ...] = ()
    customisation: Layer | None = None
    found: tuple[tuple[StorePath, ...], ...] = ()
    diff_ids: tuple[str, ...] = ()
    above: tuple[tuple[int, Layer], ...] = ()
    repeats: tuple[tuple[int, Layer], ...] = ()

    def staying(self, *, keep: bool) -> tuple[tuple[int, Layer], ...]:
        """Return the layers that stay above the base, each with the number of found layers below it."""
        if not keep:
            return self.above
        return tuple(sorted((*self.above, *self.repeats), key=lambda one: one[0]))

    def count(self, *, keep: bool = True) -> int:
        """Return how many layers there are around those of the store."""
        return len(self.base) + len(self.staying(keep=keep)) + (self.customisation is not None)

    def budget(self, least: int) -> int:
        """Return the budget, at least this one, under which all layers that were found can stay."""
        return max(least, self.count(), min(MOST_LAYERS, self.count() + len(self.found)))

    def around(self, layers: Sequence[Layer], *, keep: bool) -> tuple[Layer, ...]:
        """Return all layers of an image, lowest first, with the layers that were found by their diff_ids.

        Args:
            layers: the store layers, lowest first.
            keep: whether layers that stay keep their places between them.
        """
        ids = dict(zip(self.found, self.diff_ids, strict=False))
        place = {path: i for i, found in enumerate(self.found) for path in found}
        waiting = list(self.staying(keep=keep))
        made: list[Layer] = list(self.base)
        for layer in layers:
            below = min((place[path] for path in layer.paths if path in place), default=len(self.found))
            while keep and waiting and waiting[0][0] <= below:
                made.append(waiting.pop(0)[1])
            made.append(replace(layer, diff_id=ids.get(layer.paths)))
        made += (layer for _, layer in waiting)
        return (*made, self.customisation) if self.customisation else tuple(made)
