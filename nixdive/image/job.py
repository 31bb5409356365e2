"""One image being written: the sources of its layers' bytes, and the result once they are written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.contents.layer_index import Facts
from nixdive.digest import digest_of
from nixdive.image.checks.layers import of_found, of_name
from nixdive.image.checks.refusal import raise_for
from nixdive.image.description import Description
from nixdive.image.materials import materials, stays
from nixdive.image.oci import media
from nixdive.image.oci.config import canonical
from nixdive.image.stored.indexed import index_image
from nixdive.image.writers.parts import Blob, Parts
from nixdive.image.written import WrittenImage, WrittenLayer
from nixdive.layering.plan import LayerKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nixdive.image.checks.refusal import Refusal
    from nixdive.image.readers.stored import StoredLayer
    from nixdive.image.sources import Raw
    from nixdive.image.to_write import ImageToWrite
    from nixdive.image.written import CacheUse
    from nixdive.layering.plan import Layer
    from nixdive.progress import Progress


class ImageJob:
    """An image to write.

    Attributes:
        name: its name.
        notes: limitations of single engines, although all of them load it; one line each.

    Raises:
        ImageError: an engine would refuse the image, or lose a part of it.
    """

    def __init__(self, image: ImageToWrite) -> None:
        base = image.base
        self._described = Description.of(image.plan, image.spec, base)
        self.name, self.notes = self._described.name, self._described.notes
        self._image = image
        self._found = {one.digest: one for one in base.blobs if one.digest} if base is not None else {}

    def layers(self) -> Iterator[Raw | StoredLayer]:
        """Return where the bytes of each layer of the plan come from; files are listed as layers are taken.

        Raises:
            ImageError: an engine would refuse a layer that stays as it is.
        """
        raise_for(str(self.name), list(self._refused()))
        return materials(self._image)

    def check(self, progress: Progress) -> None:
        """Check the layers of an image that was opened whose files are laid out anew.

        They are read for it. Those that stay as they are checked as they are copied.

        Raises:
            MalformedImageError: one is damaged, or not what the image's documents state.
            Cancelled: the user stopped it.
        """
        plan, base = self._image.plan, self._image.base
        if base is None or not base.opened:
            return
        kept = {layer.diff_id for layer in plan.layers if stays(layer, self._image.spec, base)}
        made = any(layer.paths and layer.diff_id not in kept for layer in plan.layers)
        taken = tuple(blob for blob in base.blobs if made and blob.diff_id not in kept)
        if taken:
            image = replace(base.stored, layers=taken)
            for blob, index in zip(taken, index_image(image, progress, facts=Facts.DIFF_ID), strict=True):
                if index.fault:
                    raise blob.malformed(index.fault)

    def _refused(self) -> Iterator[Refusal]:
        base, customisation = self._image.base, self._image.customisation
        if base is not None:
            found = {layer.diff_id for layer in self._image.plan.layers}
            for blob, index in zip(base.blobs, base.indexes if base.opened else (), strict=False):
                if blob.diff_id in found:
                    yield from of_found(blob, index)
            for blob, twice in zip(base.blobs, base.repeated, strict=False):
                yield from of_name(blob.where, twice)
        for top in customisation.tops if customisation is not None else ():
            yield from top.refused()

    def parts(self, blobs: Sequence[Blob]) -> Parts:
        """Return what the image is, from the blobs of its layers, lowest first."""
        written = tuple(
            self._written(layer, blob) for layer, blob in zip(self._image.plan.layers, blobs, strict=True)
        )
        config = canonical(self._described.document([layer.diff_id for layer in written]))
        return Parts(self.name, self._image.spec.platform.spelled, config, written, self._described.said)

    def _written(self, layer: Layer, blob: Blob) -> WrittenLayer:
        found = self._found.get(blob.digest)
        return WrittenLayer(
            blob.diff_id,
            blob.digest,
            media.kept_type(found.media_type if found else None, blob.compression),
            blob.size,
            blob.uncompressed_size,
            layer.paths,
            found.said if found else {},
            blob.zeros,
        )

    def _padded(self, written: Sequence[WrittenLayer]) -> Iterator[str]:
        for number, (layer, one) in enumerate(zip(self._image.plan.layers, written, strict=True), 1):
            if one.zeros:
                anew = "whatever made it has to pack it anew"
                if layer.kind is LayerKind.STORE:
                    anew = "--compression zstd or none packs it anew"
                said = "its gzip data are followed by zeros, as before, and podman and skopeo refuse it"
                yield f"layer {number}: {said}; {anew}"

    def image(
        self,
        parts: Parts,
        manifest_digest: str,
        *,
        target: str,
        total: int,
        reference: str | None,
        seconds: float,
        cache: CacheUse | None = None,
        images: int = 1,
    ) -> WrittenImage:
        """Return the facts about the image, now that it is written."""
        return WrittenImage(
            target,
            str(self.name),
            self._image.spec.image_format,
            digest_of(parts.config),
            manifest_digest,
            parts.layers,
            total,
            seconds,
            reference,
            (*self.notes, *self._padded(parts.layers)),
            cache,
            images=images,
        )
