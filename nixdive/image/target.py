"""Images into one file or directory: every layer written once, documents at the end, then a rename."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.beside import check_room, resolved, told
from nixdive.errors import WriteError
from nixdive.image.oci.spec import Stamp
from nixdive.image.writers.archive import ArchiveTarget, is_special
from nixdive.image.writers.hashed import write_plain
from nixdive.image.writers.layout import LayoutTarget
from nixdive.image.writers.packed import write_packed
from nixdive.image.writers.sinks import SlotSink

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nixdive.image.compression import Compression
    from nixdive.image.formats import Format
    from nixdive.image.job import ImageJob
    from nixdive.image.readers.stored import StoredLayer
    from nixdive.image.sources import Raw
    from nixdive.image.writers.parts import Blob, Documents, Finished, Parts, Slot
    from nixdive.progress import Progress


class Placed(NamedTuple):
    """The result of writing: the parts of each image, the documents, and where they are now."""

    parts: tuple[Parts, ...]
    documents: Documents
    finished: Finished


def refuse_target(target: Path, image_format: Format, *, several: bool = False) -> None:
    """Look at a target before there is anything to write; nothing is created.

    Args:
        target: a file or a directory, existing or not; a pipe or device.
        image_format: the form of what is to be written.
        several: whether several images are.

    Raises:
        WriteError: nothing of that form can be written there.
    """
    if not is_special(target):
        LayoutTarget(target) if image_format.directory else ArchiveTarget(target, Stamp())
    elif several:
        raise WriteError(f"{target}: several images go into a file or a directory, not into a pipe")
    elif image_format.directory:
        raise WriteError(
            f"{target}: an OCI layout is a directory", hint="choose --format oci-archive or hybrid"
        )


def into_path(
    target: Path,
    images: Sequence[tuple[ImageJob, Sequence[int]]],
    layers: Sequence[Raw | StoredLayer],
    *,
    image_format: Format,
    method: Compression | None,
    stamp: Stamp,
    jobs: int,
    progress: Progress,
) -> Placed:
    """Write a file or a directory.

    Args:
        target: the file or directory for the images.
        images: each with its layers, lowest first, as indices.
        layers: the layers of all images.
        image_format: the form of the target.
        method: how to compress, or None.
        stamp: its mtime is used for the members of a file.
        jobs: threads.
        progress: notified of the uncompressed bytes of the layers.
    """
    place = LayoutTarget(target) if image_format.directory else ArchiveTarget(target, stamp)
    if method is None:
        place.needed = sum(layer.size for layer in layers)
        check_room(resolved(target), place.needed)
    with told(resolved(target), place.needed), place:
        blobs, slots = written_into(place, layers, method, jobs, progress)
        parts = tuple(job.parts([blobs[i] for i in mine]) for job, mine in images)
        documents = image_format.documents(parts)
        names = [
            (image_format.blob_name(blob.digest), slot, blob.size)
            for blob, slot in zip(blobs, slots, strict=True)
        ]
        finished = place.finish(names, documents)
    return Placed(parts, documents, finished)


def written_into(
    place: LayoutTarget | ArchiveTarget,
    layers: Sequence[Raw | StoredLayer],
    method: Compression | None,
    jobs: int,
    progress: Progress,
) -> tuple[Sequence[Blob], Sequence[Slot]]:
    """Write layers to where a target wants them; return their blobs, and where these are.

    Args:
        place: the target, entered.
        layers: in the order of their blobs.
        method: how to compress, or None.
        jobs: threads.
        progress: notified of the uncompressed bytes of the layers.
    """
    if method is None:
        slots = [place.slot(layer.size) for layer in layers]
        return write_plain(layers, slots, jobs, progress), slots
    sink = SlotSink(place)
    return write_packed(list(enumerate(layers)), method, sink, jobs, progress), sink.slots
