"""Images into a registry: layers are made once, sent while others are made, and named at the end."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from nixdive.digest import digest_of
from nixdive.errors import UnreadablePathError
from nixdive.image.compression import compression
from nixdive.image.formats import FORMATS
from nixdive.image.job import ImageJob
from nixdive.image.readers.stored import StoredLayer
from nixdive.image.writers.cached import Cacheable, Reuse
from nixdive.image.writers.hashed import write_plain
from nixdive.image.writers.packed import write_packed
from nixdive.image.writers.parts import Blob
from nixdive.image.written import Pushed
from nixdive.processors import processors
from nixdive.remote.shipping import ToPut
from nixdive.remote.spool import OpenFile, Remade, Room, Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from nixdive.cache.layers import CachedBlob, LayerCache
    from nixdive.image.compression import Compression
    from nixdive.image.sources import Raw
    from nixdive.image.to_write import ImageToWrite
    from nixdive.image.written import WrittenImage
    from nixdive.progress import Progress
    from nixdive.remote.approach import Approach
    from nixdive.remote.shipping import Shipping
    from nixdive.remote.spool import Source


def push_image(
    image: ImageToWrite,
    approach: Approach,
    *,
    cache: LayerCache | None = None,
    jobs: int | None = None,
    progress: Progress,
) -> WrittenImage:
    """Write an image into a registry, with the bytes that it has in an OCI layout.

    `progress.start("pushing", total)` is called with the bytes of all uncompressed layer tars, which
    `advance` counts as `write_image` does; once all are made, `progress.start("sending", total)` with the
    bytes of the blobs that are still to be sent.

    Args:
        image: what to write; whatever its format, it is that of a layout here.
        approach: the target, whose first requests are under way; of the earlier images that it knows in the
            same registry the blobs are taken for there, or mounted.
        cache: where layers are looked up, and kept once they are made; None for no cache.
        jobs: threads that compress; None means one for each processor.
        progress: as above, and asked whether to stop.

    Raises:
        RegistryError: the registry cannot be reached, or refuses.
        UnreadablePathError: a store path is missing or cannot be read.
        MalformedImageError: the base image does not match its documents.
        ImageError: an engine would refuse the image.
        Cancelled: the user stopped it; the tag is as it was.
    """
    began = time.monotonic()
    method = compression(image.spec.compression)
    job = ImageJob(replace(image, spec=replace(image.spec, image_format="oci")))
    threads = jobs or processors()
    shipping, name = approach.shipping, approach.name
    job.check(progress)
    with Reuse(cache, method, threads, progress, ahead=False) as reuse:
        layers = [reuse.offered(layer) for layer in job.layers()]
        progress.start("pushing", sum(layer.size for layer in layers))
        making = _Making(layers, method, shipping, progress, tar_sizes=_tar_sizes(image), jobs=threads)
        blobs = making.sent()
        parts = job.parts(blobs)
        (entry,) = FORMATS.get("oci").documents([parts]).indexed
        shipping.finish([parts.config], [ToPut(name.tag, entry.manifest)], making.again)
        tally = shipping.tally
        digests = {blob.digest for blob in blobs}
        pushed = Pushed(
            len(digests & tally.sent),
            len(digests & tally.mounted),
            len(digests - tally.sent - tally.mounted),
        )
        written = job.image(
            parts,
            digest_of(entry.manifest),
            target=name.text,
            total=tally.size + len(entry.manifest),
            reference=name.tag,
            seconds=time.monotonic() - began,
            cache=reuse.use,
        )
    return replace(written, pushed=pushed)


class _Making:
    """The layers of an image: what they are, and their bytes where the registry lacks them.

    Args:
        layers: lowest first.
        method: how to compress, or None.
        shipping: sends them.
        progress: notified of the bytes of the tars.
        tar_sizes: bytes of the tars of blobs of a base image, by digest.
        jobs: threads that compress.
    """

    def __init__(
        self,
        layers: Sequence[Raw | StoredLayer],
        method: Compression | None,
        shipping: Shipping,
        progress: Progress,
        *,
        tar_sizes: Mapping[str, int],
        jobs: int,
    ) -> None:
        self._layers = layers
        self._method = method
        self._tar_sizes = tar_sizes
        self._shipping = shipping
        self._jobs = jobs
        self._progress = progress
        self._blobs: dict[int, Blob] = {}

    def sent(self) -> list[Blob]:
        """Return the blobs of all layers; those that the registry lacks are on their way."""
        known = dict(self._known())
        there = self._shipping.there({blob.digest: blob.size for blob in known.values()})
        for part, blob in known.items():
            if blob.digest in there:
                self._blobs[part] = blob
                self._progress.advance(self._layers[part].size, part)
        self._make([part for part in range(len(self._layers)) if part not in self._blobs])
        return [self._blobs[part] for part in range(len(self._layers))]

    def again(self, digests: set[str]) -> None:
        """Make and send the layers that have these digests, once each.

        Raises UnreadablePathError if one has another digest now.
        """
        parts = {blob.digest: part for part, blob in self._blobs.items() if blob.digest in digests}
        before = {part: self._blobs[part] for part in parts.values()}
        self._make(sorted(before))
        if any(self._blobs[part].digest != blob.digest for part, blob in before.items()):
            raise UnreadablePathError("the files of a layer changed while the image was sent")

    def _known(self) -> Iterator[tuple[int, Blob]]:
        """Yield what layers are without reading them: blobs of a base image, and what the cache knows."""
        for part, layer in enumerate(self._layers):
            blob = layer.known() if isinstance(layer, Cacheable) else None
            if isinstance(layer, StoredLayer):
                blob = self._as_stored(layer)
            if blob is not None:
                yield part, blob

    def _as_stored(self, layer: StoredLayer) -> Blob | None:
        """Return the blob of a layer of a base image, or None where its archive does not state digests."""
        size = self._tar_sizes.get(layer.digest or "")
        if layer.digest is None or size is None:
            return None
        return Blob(layer.diff_id, layer.digest, layer.size, size, layer.compression)

    def _make(self, parts: Sequence[int]) -> None:
        """Make layers and send them, the largest first: after the last is made, little is left to send."""
        parts = sorted(parts, key=lambda part: (-self._layers[part].size, part))
        layers = [self._layers[part] for part in parts]
        if self._method is None:
            made = write_plain(layers, [None] * len(layers), self._jobs, self._progress)
            for layer, blob in zip(layers, made, strict=True):
                self._shipping.send(blob.digest, blob.size, _source(layer))
        else:
            sink = _Sink(self._shipping)
            made = write_packed(
                list(zip(parts, layers, strict=True)), self._method, sink, self._jobs, self._progress
            )
        self._blobs.update(zip(parts, made, strict=True))


class _Sink:
    """Takes blobs as they are made, and sends each once it is complete."""

    def __init__(self, shipping: Shipping) -> None:
        self._shipping = shipping
        self._room = Room()
        self._spool = Spool(self._room)

    def begin(self, part: int) -> None:  # noqa: ARG002
        """A layer's blob begins."""
        self._shipping.check()
        self._spool = Spool(self._room)

    def write(self, data: bytes) -> None:
        """More of it."""
        self._spool.write(data)

    def end(self, part: int, blob: Blob) -> None:  # noqa: ARG002
        """It is complete."""
        self._shipping.send(blob.digest, blob.size, self._spool)

    def take(self, part: int, blob: CachedBlob, progress: Progress) -> Callable[[], None]:  # noqa: ARG002
        """A whole blob from the cache: it is sent from there."""
        source = OpenFile(os.dup(blob.descriptor))
        self._shipping.send(blob.facts.digest, blob.facts.size, source)
        return _nothing


def _nothing() -> None:
    pass


def _source(layer: Raw | StoredLayer) -> Source:
    return Remade(layer.chunks) if isinstance(layer, StoredLayer) else Remade.of_tar(layer)


def _tar_sizes(image: ImageToWrite) -> dict[str, int]:
    base = image.base
    below = zip(base.blobs, base.tar_sizes, strict=True) if base is not None else ()
    found = (*below, *((one.stored, one.tar_size) for one in image.packed))
    return {blob.digest: size for blob, size in found if blob.digest is not None}
