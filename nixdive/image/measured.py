"""What earlier writes came to, as far as it foretells the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.plan import LayerKind

if TYPE_CHECKING:
    from collections.abc import Hashable

    from nixdive.image.spec import ImageSpec
    from nixdive.image.written import WrittenImage
    from nixdive.layering.plan import Layer, LayerPlan


class Measured:
    """Blobs of layers that were written, and how fast: of one subject, on one machine."""

    def __init__(self) -> None:
        self._blobs: dict[Hashable, int] = {}
        self._rates: dict[str, float] = {}

    def note(self, plan: LayerPlan, spec: ImageSpec, written: WrittenImage) -> None:
        """Remember an image that was written by this plan and spec."""
        for layer, one in zip(plan.layers, written.layers, strict=True):
            self._blobs[_key(layer, spec)] = one.size
        size = sum(layer.uncompressed_size for layer in written.layers)
        self._rates[spec.compression] = max(size, 1) / max(written.seconds, 1e-3)

    def blob(self, layer: Layer, spec: ImageSpec) -> int | None:
        """Return the bytes of a layer's blob, or None where it was never written in this way."""
        return self._blobs.get(_key(layer, spec))

    def rate(self, compression: str) -> float | None:
        """Return the bytes of layer tars that the last write with a compression did in a second, or None."""
        return self._rates.get(compression)


def _key(layer: Layer, spec: ImageSpec) -> Hashable:
    made_here = layer.kind is LayerKind.STORE and layer.diff_id is None
    what = layer.paths if made_here else (layer.kind, layer.diff_id)
    return what, spec.stamp, spec.compression
