"""Wire bytes of the layers to be: known where a layer stays as it was found, else estimated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from nixdive.clients.seconds import Blobs
from nixdive.layering.plan import LayerKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Layer, LayerPlan

# what gzip leaves of the tar of store paths: the mean of the four images in docs/formats.md
_USUAL = 0.39
_ENOUGH = 1 << 20  # bytes of tars that say something


@dataclass(frozen=True, slots=True)
class WireSizes:
    """Knows or estimates the bytes of layers as blobs.

    Attributes:
        closure: the store paths.
        found: for layers that were found, by diff_id, the bytes of their blobs and of their tars.
    """

    closure: Closure
    found: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Bytes of a blob for each byte of a tar, as in the layers that were found, if those are enough."""
        blobs, tars = (sum(sizes[kind] for sizes in self.found.values()) for kind in (0, 1))
        return blobs / tars if tars >= _ENOUGH else _USUAL

    def exact(self, plan: LayerPlan) -> bool:
        """Whether the bytes of all blobs are known."""
        return all(layer.diff_id in self.found for layer in plan.layers)

    def blobs(self, plan: LayerPlan) -> Blobs:
        """Return the layers of a plan; NAR bytes stand for those of a store layer's tar."""
        ratio = self.ratio
        tar = np.array([float(layer.nar_size) for layer in plan.layers])
        return Blobs(tar, np.array([self._wire(layer, ratio) for layer in plan.layers]))

    def _wire(self, layer: Layer, ratio: float) -> float:
        known = self.found.get(layer.diff_id or "")
        if known is not None:
            return float(known[0])
        if layer.kind is not LayerKind.STORE:
            return layer.nar_size * ratio
        infos, index = self.closure.infos, self.closure.index
        paths = (infos[index[path]] for path in layer.paths)
        return sum(
            one.nar_size * ratio if one.download_size is None else float(one.download_size) for one in paths
        )
