"""Write a plan as an image: the one entrance for both front ends."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from nixdive.beside import check_room, resolved, told
from nixdive.errors import WriteError
from nixdive.image import media
from nixdive.image.compression import compression
from nixdive.image.config import config_bytes
from nixdive.image.digest import digest_of
from nixdive.image.formats import FORMATS
from nixdive.image.materials import histories, materials, plan_text
from nixdive.image.name import ImageName
from nixdive.image.writers.archive import ArchiveTarget, is_special
from nixdive.image.writers.hashed import write_plain
from nixdive.image.writers.layout import LayoutTarget
from nixdive.image.writers.packed import write_packed
from nixdive.image.writers.parts import Parts
from nixdive.image.writers.sinks import SlotSink
from nixdive.image.writers.stream import StreamTarget
from nixdive.image.written import WrittenImage, WrittenLayer
from nixdive.progress import NullProgress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from nixdive.contents.entry import Contents
    from nixdive.image.base import BaseImage
    from nixdive.image.compression import Compression
    from nixdive.image.customisation import Customisation
    from nixdive.image.formats import Format
    from nixdive.image.readers.stored import StoredLayer
    from nixdive.image.sources import Raw
    from nixdive.image.spec import ImageSpec
    from nixdive.image.writers.parts import Blob, Documents
    from nixdive.layering.plan import LayerPlan
    from nixdive.progress import Progress


def write_image(
    plan: LayerPlan,
    spec: ImageSpec,
    contents: Contents,
    target: Path | BinaryIO,
    *,
    base: BaseImage | None = None,
    customisation: Customisation | None = None,
    jobs: int | None = None,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
) -> WrittenImage:
    """Write the image.

    `progress.start("writing", total)` is called with the bytes of all uncompressed layer tars, then
    `progress.advance(amount, part)` with part = the index of the layer in plan.layers. A base layer counts
    with the bytes of its blob. For a stream a phase "hashing" of the same bytes comes before.

    Args:
        spec: name, config, format and compression.
        contents: the files of the store paths.
        base: the image below, or the one that was opened, or None.
        customisation: the links at the root, or None.
        progress: is told, and asked whether to stop.
        plan: its layers with a diff_id are those of `base`, others of kind customisation are `customisation`.
        target: a path, replaced at the end by a rename, or a binary stream that need not be seekable.
        jobs: threads; None means one for each processor. The bytes never depend on it.

    Raises:
        UnreadablePathError: a store path is missing or cannot be read.
        MalformedImageError: the base image is not what it says.
        WriteError: the target cannot be written.
        ImageError: the image's name is none.
        UnknownNameError: no such format or compression.
        Cancelled: the user stopped it; the target is as it was.
    """
    job = _Job(plan, spec, FORMATS.get(spec.image_format), compression(spec.compression), base)
    threads = jobs or _processors()
    layers = materials(plan, spec, contents, base=base, customisation=customisation)
    streamed = not isinstance(target, Path) or is_special(target)
    progress.start("hashing" if streamed else "writing", sum(layer.size for layer in layers))
    if not isinstance(target, Path):
        return job.into_stream(target, "standard output", "-", layers, jobs=threads, progress=progress)
    if is_special(target):
        try:
            with target.open("wb", buffering=0) as stream:
                return job.into_stream(
                    cast("BinaryIO", stream),
                    str(target),
                    str(target),
                    layers,
                    jobs=threads,
                    progress=progress,
                )
        except OSError as error:
            raise WriteError(f"{target}: {error.strerror}") from error
    return job.into_path(target, layers, jobs=threads, progress=progress)


class _Job:
    """One image to be written."""

    def __init__(
        self,
        plan: LayerPlan,
        spec: ImageSpec,
        image_format: Format,
        method: Compression | None,
        base: BaseImage | None,
    ) -> None:
        self._started = time.monotonic()
        self._plan = plan
        self._spec = spec
        self._format = image_format
        self._method = method
        self._base = base
        self._name = ImageName.parse(spec.name)

    def _written(self, blobs: Sequence[Blob]) -> tuple[WrittenLayer, ...]:
        return tuple(
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

    def _documents(self, written: tuple[WrittenLayer, ...]) -> tuple[bytes, Documents]:
        config = config_bytes(
            self._spec,
            self._plan.layers,
            [layer.diff_id for layer in written],
            base_env=self._base.env if self._base is not None else (),
            histories=histories(self._plan, self._base),
            plan_text=plan_text(self._plan, self._base),
        )
        parts = Parts(self._name, self._spec.architecture, config, written)
        return config, self._format.documents(parts)

    def into_path(
        self, target: Path, layers: list[Raw | StoredLayer], *, jobs: int, progress: Progress
    ) -> WrittenImage:
        """Write a file or a directory."""
        place = LayoutTarget(target) if self._format.directory else ArchiveTarget(target, self._spec.stamp)
        if self._method is None:
            place.needed = sum(layer.size for layer in layers)
            check_room(resolved(target), place.needed)
        with place, told(resolved(target), place.needed):
            if self._method is None:
                slots = [place.slot(layer.size) for layer in layers]
                blobs = write_plain(layers, slots, jobs, progress)
            else:
                sink = SlotSink(place)
                blobs = write_packed(list(enumerate(layers)), self._method, sink, jobs, progress)
                slots = sink.slots
            written = self._written(blobs)
            config, documents = self._documents(written)
            names = [
                (self._format.blob_name(blob.digest), slot, blob.size)
                for blob, slot in zip(blobs, slots, strict=True)
            ]
            total = place.finish(names, documents.members)
        return self._image(str(target), config, documents, written, total)

    def into_stream(
        self,
        stream: BinaryIO,
        name: str,
        target: str,
        layers: list[Raw | StoredLayer],
        *,
        jobs: int,
        progress: Progress,
    ) -> WrittenImage:
        """Write to a stream."""
        if self._format.directory:
            raise WriteError(
                f"{name}: an OCI layout is a directory", hint="choose --format oci-archive or hybrid"
            )
        place = StreamTarget(stream, name, self._spec.stamp, layers, self._method)
        blobs = place.measure(jobs, progress)
        written = self._written(blobs)
        config, documents = self._documents(written)
        names = [(self._format.blob_name(blob.digest), blob) for blob in blobs]
        total = place.finish(names, documents.members, jobs, progress)
        return self._image(target, config, documents, written, total)

    def _image(
        self,
        target: str,
        config: bytes,
        documents: Documents,
        written: tuple[WrittenLayer, ...],
        total: int,
    ) -> WrittenImage:
        return WrittenImage(
            target,
            self._spec.image_format,
            digest_of(config),
            documents.manifest_digest,
            written,
            total,
            time.monotonic() - self._started,
        )


def _processors() -> int:
    # a container or taskset may allow fewer than the machine has
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
