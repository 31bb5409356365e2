"""Write a plan as an image: the one entrance for both front ends."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from nixdive import there
from nixdive.errors import WriteError
from nixdive.image.compression import compression
from nixdive.image.formats import FORMATS, Format
from nixdive.image.job import ImageJob
from nixdive.image.target import into_path
from nixdive.image.writers.archive import is_special
from nixdive.image.writers.cached import Reuse
from nixdive.image.writers.layout import blobs_of
from nixdive.image.writers.parts import Documents, Finished, Parts
from nixdive.image.writers.stream import StreamTarget
from nixdive.processors import processors
from nixdive.progress import NullProgress, Progress

if TYPE_CHECKING:
    from nixdive.cache.layers import LayerCache
    from nixdive.image.to_write import ImageToWrite
    from nixdive.image.written import WrittenImage


def write_image(
    image: ImageToWrite,
    target: Path | BinaryIO,
    *,
    cache: LayerCache | None = None,
    jobs: int | None = None,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
) -> WrittenImage:
    """Write the image.

    `progress.start("writing", total)` is called with the bytes of all uncompressed layer tars, then
    `progress.advance(amount, part)` with part = the index of the layer in plan.layers. A base layer counts
    with the bytes of its blob. For a stream a phase "hashing" of the same bytes comes before.

    Args:
        image: what to write.
        target: a path, replaced at the end by a rename, or a binary stream that need not be seekable.
        cache: where layers are looked up, and kept once they are made; None for no cache. The bytes never
            depend on it.
        jobs: threads; None means one for each processor. The bytes never depend on it.
        progress: notified of progress, and asked whether to stop.

    Raises:
        UnreadablePathError: a store path is missing or cannot be read.
        MalformedImageError: the base image does not match its documents.
        WriteError: the target cannot be written.
        ImageError: the image's name is not valid.
        UnknownNameError: no such format or compression.
        Cancelled: the user stopped it; the target is as it was.
    """
    began = time.monotonic()
    spec = image.spec
    image_format, method = FORMATS.get(spec.image_format), compression(spec.compression)
    job = ImageJob(image)
    threads = jobs or processors()
    streamed = not isinstance(target, Path) or is_special(target)
    kept = cache if streamed or method is not None else None  # a file without compression gains nothing
    blobs = blobs_of(target) if image_format.directory and isinstance(target, Path) else None
    job.check(progress)
    with Reuse(kept, method, threads, progress, blobs) as reuse:
        layers = [reuse.offered(layer) for layer in job.layers()]
        progress.start("hashing" if streamed else "writing", sum(layer.size for layer in layers))

        def written(name: str, parts: Parts, documents: Documents, finished: Finished) -> WrittenImage:
            return job.image(
                parts,
                documents.manifest_digests[0],
                target=name,
                total=finished.total,
                reference=next(iter(finished.references), None),
                seconds=time.monotonic() - began,
                cache=reuse.use,
            )

        def stream(place: BinaryIO, called: str, name: str) -> WrittenImage:
            tar = _Streamed(image_format, job, StreamTarget(place, called, spec.stamp, layers, method))
            return written(name, *tar.write(called, threads, progress))

        if not isinstance(target, Path):
            return stream(target, "standard output", "-")
        if is_special(target):
            try:
                with target.open("wb", buffering=0) as file:
                    return stream(cast("BinaryIO", file), str(target), str(target))
            except OSError as error:
                raise WriteError(f"{target}: {there.cause(error, target)}") from error
        done = into_path(
            target,
            [(job, range(len(layers)))],
            layers,
            image_format=image_format,
            method=method,
            stamp=spec.stamp,
            jobs=threads,
            progress=progress,
        )
        return written(str(target), done.parts[0], done.documents, done.finished)


class _Streamed(NamedTuple):
    """An image being written into a stream."""

    image_format: Format
    job: ImageJob
    place: StreamTarget

    def write(self, name: str, jobs: int, progress: Progress) -> tuple[Parts, Documents, Finished]:
        """Return what was written."""
        if self.image_format.directory:
            raise WriteError(
                f"{name}: an OCI layout is a directory", hint="choose --format oci-archive or hybrid"
            )
        blobs = self.place.measure(jobs, progress)
        parts = self.job.parts(blobs)
        documents = self.image_format.documents([parts])
        names = [(self.image_format.blob_name(blob.digest), blob) for blob in blobs]
        total = self.place.finish(names, documents.members, jobs, progress)
        return parts, documents, Finished(total, documents.references)
