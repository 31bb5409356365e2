"""One image on its way: where the bytes of its layers come from, and what it is once they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.errors import WriteError
from nixdive.image import media
from nixdive.image.config import config_bytes
from nixdive.image.digest import digest_of
from nixdive.image.name import ImageName
from nixdive.image.sources import Repacked
from nixdive.image.tar import TarLayer
from nixdive.image.writers.parts import Parts
from nixdive.image.written import WrittenImage, WrittenLayer
from nixdive.layering.plan import LayerKind
from nixdive.layering.planwriter import plan_toml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.contents.entry import Contents
    from nixdive.image.base import BaseImage
    from nixdive.image.customisation import Customisation
    from nixdive.image.formats import Format
    from nixdive.image.readers.stored import StoredLayer
    from nixdive.image.sources import Raw
    from nixdive.image.spec import ImageSpec
    from nixdive.image.writers.parts import Blob
    from nixdive.layering.plan import LayerPlan


class ImageJob:
    """An image to be written.

    Raises ImageError where its name is none.
    """

    def __init__(
        self, plan: LayerPlan, spec: ImageSpec, image_format: Format, base: BaseImage | None
    ) -> None:
        self.name = ImageName.parse(spec.name)
        self._plan = plan
        self._spec = spec
        self._format = image_format
        self._base = base

    def layers(self, contents: Contents, customisation: Customisation | None) -> list[Raw | StoredLayer]:
        """Return where the bytes of each layer of the plan come from."""
        below = list(self._base.blobs) if self._base is not None else []
        kinds = [layer.kind for layer in self._plan.layers]
        if kinds.count(LayerKind.BASE) != len(below):
            raise WriteError(
                f"the plan has {kinds.count(LayerKind.BASE)} base layers, but the base image has {len(below)}"
            )
        if kinds.count(LayerKind.CUSTOMISATION) != (customisation is not None):
            raise WriteError("the plan and the image do not agree on whether there is a customisation layer")
        found: list[Raw | StoredLayer] = []
        for layer in self._plan.layers:
            if layer.kind is LayerKind.BASE:
                found.append(self._held(below.pop(0)))
            elif layer.kind is LayerKind.STORE:
                found.append(TarLayer.of_paths(layer.paths, contents, self._spec.stamp))
            elif customisation is not None:
                found.append(customisation.raw(self._spec.stamp))
        return found

    def _held(self, stored: StoredLayer) -> Raw | StoredLayer:
        return stored if stored.compression in self._format.compressions else Repacked.of(stored)

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
            base_history=self._base.history if self._base is not None else (),
            plan_text=None if self._plan.request.strategy == "keep" else plan_toml(self._plan),
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
