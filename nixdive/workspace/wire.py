"""Wire bytes and entries of the layers to be: known where a layer stays as it was found, else estimated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from nixdive.clients.seconds import Blobs
from nixdive.layering.compare import identity
from nixdive.layering.plan import LayerKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import Layer, LayerPlan
    from nixdive.opening.subject import LayerSizes
    from nixdive.store.path import StorePath

# what gzip leaves of the tar of store paths: the mean of the four images in docs/formats.md
_USUAL = 0.39
# bytes of a tar for each entry in it: the mean of the seven images in docs/clients.md
_ENTRY = 31_500
_ENOUGH = 1 << 20  # bytes of tars that say something


@dataclass(frozen=True, slots=True)
class EarlierBlobs:
    """What the layers of an earlier version say of those to come.

    Attributes:
        blobs: wire bytes by what is the same for layers with the same bytes.
        ratios: of store paths of the new version: wire bytes for each NAR byte of the layer they were in.
        wire: bytes of all blobs whose store paths have known sizes.
        nar: bytes of those paths.
    """

    blobs: Mapping[object, int] = field(default_factory=dict)
    ratios: Mapping[StorePath, float] = field(default_factory=dict)
    wire: int = 0
    nar: int = 0

    @classmethod
    def of(
        cls,
        layers: Iterable[Layer],
        wire: Mapping[str, int],
        now: Mapping[StorePath, int],
        origins: Mapping[StorePath, StorePath],
    ) -> Self:
        """Return what layers say.

        Args:
            layers: of the earlier version; of the same path in several the last one counts.
            wire: bytes of its blobs by diff_id, as far as they are known.
            now: NAR bytes of the store paths of the new version; an earlier path that is gone counts as many
                as the one that comes from it.
            origins: for each path of the new version the earlier one that it comes from, if any.
        """
        later = {old: new for new, old in origins.items()}
        blobs: dict[object, int] = {}
        ratios: dict[StorePath, float] = {}
        packed = plain = 0
        for layer in layers:
            size = wire.get(layer.diff_id or "")
            if size is None:
                continue
            blobs[identity(layer)] = size
            paths = [path if path in now else later.get(path) for path in layer.paths]
            sizes = [now[path] for path in paths if path is not None]
            total = sum(sizes)
            if len(sizes) == len(paths) and total:
                packed, plain = packed + size, plain + total
                ratios |= {path: size / total for path in paths if path is not None}
        return cls(blobs, ratios, packed, plain)


@dataclass(frozen=True, slots=True)
class WireSizes:
    """Knows or estimates how large layers are as blobs, and how many entries they have.

    A layer of which the earlier version has one with the same paths is taken to have the same blob. A path
    is taken to compress as the layer did in which it was, or the path that it comes from; any other as all
    layers that are known. Of seven images of two versions each that comes within 2 % of what a push of the
    second one sends.

    Attributes:
        closure: the store paths.
        found: layers that were found, by diff_id.
        earlier: the blobs of the earlier version; nothing where they are not known.
    """

    closure: Closure
    found: Mapping[str, LayerSizes] = field(default_factory=dict)
    earlier: EarlierBlobs = EarlierBlobs()

    @property
    def ratio(self) -> float:
        """Bytes of a blob for each byte of a tar, as in the layers that are known, if those are enough."""
        blobs = sum(sizes.wire for sizes in self.found.values())
        tars = sum(sizes.tar for sizes in self.found.values())
        if tars < _ENOUGH:
            blobs, tars = self.earlier.wire, self.earlier.nar
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
        there = self.earlier.blobs.get(identity(layer))
        if there is not None:
            return float(there)
        if layer.kind is not LayerKind.STORE:
            return layer.nar_size * ratio
        return sum(self._packed(path, ratio) for path in layer.paths)

    def _packed(self, path: StorePath, ratio: float) -> float:
        one = self.closure.infos[self.closure.index[path]]
        own = self.earlier.ratios.get(path)
        if own is None and one.download_size is not None:
            return float(one.download_size)
        return one.nar_size * (ratio if own is None else own)
