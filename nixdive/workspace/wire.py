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


@dataclass(frozen=True, slots=True)
class WireSizes:
    """Knows or estimates the bytes of layers as blobs.

    Attributes:
        closure: the store paths.
        found: for layers that were found, by diff_id, the bytes of their blobs.
    """

    closure: Closure
    found: Mapping[str, int] = field(default_factory=dict)

    def exact(self, plan: LayerPlan) -> bool:
        """Whether the bytes of all blobs are known."""
        return all(layer.diff_id in self.found for layer in plan.layers)

    def blobs(self, plan: LayerPlan) -> Blobs:
        """Return the layers of a plan; NAR bytes stand for those of a store layer's tar."""
        tar = np.array([float(layer.nar_size) for layer in plan.layers])
        return Blobs(tar, np.array([self._wire(layer) for layer in plan.layers]))

    def _wire(self, layer: Layer) -> float:
        known = self.found.get(layer.diff_id or "")
        if known is not None:
            return float(known)
        if layer.kind is not LayerKind.STORE:
            return layer.nar_size * _USUAL
        infos, index = self.closure.infos, self.closure.index
        paths = (infos[index[path]] for path in layer.paths)
        return sum(
            one.nar_size * _USUAL if one.download_size is None else float(one.download_size) for one in paths
        )
