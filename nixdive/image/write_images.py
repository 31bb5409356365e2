"""Write the plans of several images into one target, in which shared layers are stored once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from nixdive.errors import WriteError
from nixdive.image.compression import compression
from nixdive.image.formats import FORMATS
from nixdive.image.job import ImageJob
from nixdive.image.target import into_path, refuse_target
from nixdive.image.writers.cached import Reuse
from nixdive.image.writers.layout import blobs_of
from nixdive.layering.plan import LayerKind
from nixdive.processors import processors
from nixdive.progress import NullProgress, Progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nixdive.cache.layers import LayerCache
    from nixdive.image.readers.stored import StoredLayer
    from nixdive.image.sources import Raw
    from nixdive.image.to_write import ImageToWrite
    from nixdive.image.written import WrittenImage


def write_images(
    images: Sequence[ImageToWrite],
    target: Path,
    *,
    cache: LayerCache | None = None,
    jobs: int | None = None,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
) -> tuple[WrittenImage, ...]:
    """Write images into one target; format, compression and stamp are those of the first one's spec.

    The same store path has the same files in all of them. Store layers with the same paths are read and
    written once; other layers with the same bytes are written once. `bytes_written` and `seconds` are those
    of the whole target, for each image. `progress` counts the uncompressed bytes of the layers that are read.
    `cache` is where layers are looked up and kept, and what came from it is counted for the whole target.

    Raises:
        WriteError: the target cannot be written, or two images have the same name.
        ImageError, UnreadablePathError, MalformedImageError, UnknownNameError, Cancelled: as `write_image`.
    """
    began = time.monotonic()
    spec = images[0].spec
    image_format, method = FORMATS.get(spec.image_format), compression(spec.compression)
    jobs_of = [ImageJob(image) for image in images]
    _refuse_same_names(jobs_of)
    refuse_target(target, image_format, several=True)
    threads = jobs or processors()
    layers: list[Raw | StoredLayer] = []
    known: dict[object, int] = {}
    places = []
    blobs = blobs_of(target) if image_format.directory else None
    with Reuse(cache if method is not None else None, method, threads, progress, blobs) as reuse:
        for image, job in zip(images, jobs_of, strict=True):
            mine = []
            job.check(progress)
            for layer, source in zip(image.plan.layers, job.layers(), strict=True):
                key = (layer.paths, image.spec.stamp) if layer.kind is LayerKind.STORE else source
                at = known.setdefault(key, len(layers))
                if at == len(layers):
                    layers.append(reuse.offered(source))
                mine.append(at)
            places.append((job, mine))
        progress.start("writing", sum(layer.size for layer in layers))
        done = into_path(
            target,
            places,
            layers,
            image_format=image_format,
            method=method,
            stamp=spec.stamp,
            jobs=threads,
            progress=progress,
        )
    seconds = time.monotonic() - began
    references = done.finished.references or (None,) * len(jobs_of)
    return tuple(
        job.image(
            parts,
            digest,
            target=str(target),
            total=done.finished.total,
            reference=called,
            seconds=seconds,
            cache=reuse.use,
            images=len(jobs_of),
        )
        for job, parts, digest, called in zip(
            jobs_of, done.parts, done.documents.manifest_digests, references, strict=True
        )
    )


def _refuse_same_names(jobs: Sequence[ImageJob]) -> None:
    names = set()
    for job in jobs:
        if job.name in names:
            raise WriteError(
                f"two images have the name {job.name}", hint="name them: --name NAME:TAG, one for each image"
            )
        names.add(job.name)
