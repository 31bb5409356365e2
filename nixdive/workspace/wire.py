"""Wire bytes and entries of the layers to be: known where a layer stays as it was found, else estimated."""

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
    from nixdive.opening.subject import LayerSizes

# what gzip leaves of the tar of store paths: the mean of the four images in docs/formats.md
_USUAL = 0.39
# bytes of a tar for each entry in it: the mean of the seven images in docs/clients.md
_ENTRY = 31_500
_ENOUGH = 1 << 20  # bytes of tars that say something


@dataclass(frozen=True, slots=True)
class WireSizes:
    """Knows or estimates how large layers are as blobs, and how many entries they have.

    Attributes:
        closure: the store paths.
        found: layers that were found, by diff_id.
    """

    closure: Closure
    found: Mapping[str, LayerSizes] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Bytes of a blob for each byte of a tar, as in the layers that were found, if those are enough."""
        blobs = sum(sizes.wire for sizes in self.found.values())
        tars = sum(sizes.tar for sizes in self.found.values())
        return blobs / tars if tars >= _ENOUGH else _USUAL

    @property
    def entry_bytes(self) -> float:
        """Bytes of a tar for each entry in it, as in the layers that were read, if those are enough."""
        read = [(sizes.tar, sizes.entries) for sizes in self.found.values() if sizes.entries]
        tars, entries = (sum(kind) for kind in zip(*read, strict=True)) if read else (0, 0)
        return tars / entries if tars >= _ENOUGH else _ENTRY

    def exact(self, plan: LayerPlan) -> bool:
        """Whether the bytes of all blobs are known."""
        return all(layer.diff_id in self.found for layer in plan.layers)

    def blobs(self, plan: LayerPlan) -> Blobs:
        """Return the layers of a plan; NAR bytes stand for those of a store layer's tar."""
        ratio, entry_bytes = self.ratio, self.entry_bytes
        tar = np.array([float(layer.nar_size) for layer in plan.layers])
        wire = np.array([self._wire(layer, ratio) for layer in plan.layers])
        return Blobs(tar, wire, np.array([self._entries(layer, entry_bytes) for layer in plan.layers]))

    def _entries(self, layer: Layer, entry_bytes: float) -> float:
        known = self.found.get(layer.diff_id or "")
        if known is not None and known.entries is not None:
            return float(known.entries)
        return layer.nar_size / entry_bytes

    def _wire(self, layer: Layer, ratio: float) -> float:
        known = self.found.get(layer.diff_id or "")
        if known is not None:
            return float(known.wire)
        if layer.kind is not LayerKind.STORE:
            return layer.nar_size * ratio
        infos, index = self.closure.infos, self.closure.index
        paths = (infos[index[path]] for path in layer.paths)
        return sum(
            one.nar_size * ratio if one.download_size is None else float(one.download_size) for one in paths
        )
