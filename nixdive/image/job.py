"""One image on its way: where the bytes of its layers come from, and what it is once they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.image import media
from nixdive.image.config import config_bytes
from nixdive.image.digest import digest_of
from nixdive.image.materials import histories, materials, plan_text
from nixdive.image.name import ImageName
from nixdive.image.writers.parts import Parts
from nixdive.image.written import WrittenImage, WrittenLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.contents.entry import Contents
    from nixdive.image.base import BaseImage
    from nixdive.image.customisation import Customisation
    from nixdive.image.readers.stored import StoredLayer
    from nixdive.image.sources import Raw
    from nixdive.image.spec import ImageSpec
    from nixdive.image.writers.parts import Blob
    from nixdive.layering.plan import LayerPlan


class ImageJob:
    """An image to be written.

    Raises ImageError where its name is none.
    """

    def __init__(self, plan: LayerPlan, spec: ImageSpec, base: BaseImage | None) -> None:
        self.name = ImageName.parse(spec.name)
        self._plan = plan
        self._spec = spec
        self._base = base

    def layers(self, contents: Contents, customisation: Customisation | None) -> list[Raw | StoredLayer]:
        """Return where the bytes of each layer of the plan come from."""
        return materials(self._plan, self._spec, contents, base=self._base, customisation=customisation)

    def parts(self, blobs: Sequence[Blob]) -> Parts:
        """Return what the image is, from the blobs of its layers, lowest first."""
        written = tuple(
            WrittenLayer(
                blob.diff_id,
                blob.digest,
                media.layer_type(blob.compression),
                blob.size,
                blob.uncompressed_size,
                layer.paths,
            )
            for layer, blob in zip(self._plan.layers, blobs, strict=True)
        )
        config = config_bytes(
            self._spec,
            self._plan.layers,
            [layer.diff_id for layer in written],
            base_env=self._base.env if self._base is not None else (),
            histories=histories(self._plan, self._base),
            plan_text=plan_text(self._plan, self._base),
        )
        return Parts(self.name, self._spec.architecture, config, written)

    def image(
        self, parts: Parts, manifest_digest: str, *, target: str, total: int, seconds: float
    ) -> WrittenImage:
        """Return what there is to tell of it, now that it is written."""
        return WrittenImage(
            target,
            self._spec.image_format,
            digest_of(parts.config),
            manifest_digest,
            parts.layers,
            total,
            seconds,
        )
