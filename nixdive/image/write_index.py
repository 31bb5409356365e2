"""Write an image for several platforms into one file or one directory: blobs are copied as they are."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.beside import resolved, told, write_at
from nixdive.digest import digest_of
from nixdive.errors import WriteError
from nixdive.image.formats import FORMATS
from nixdive.image.image_index import layer_chunks
from nixdive.image.oci.config import canonical
from nixdive.image.oci.manifest import INDEX, LAYOUT, OCI_LAYOUT, Indexed, index_of
from nixdive.image.oci.media import INDEX as INDEX_TYPE
from nixdive.image.oci.spec import Stamp
from nixdive.image.writers.archive import ArchiveTarget, is_special
from nixdive.image.writers.layout import LayoutTarget
from nixdive.image.writers.parts import Documents
from nixdive.progress import check

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.image_index import ImageIndex
    from nixdive.image.oci.name import ImageName
    from nixdive.image.written import Pushed
    from nixdive.progress import Progress


@dataclass(frozen=True, slots=True)
class WrittenIndex:
    """An image for several platforms as it was written.

    Attributes:
        target: where it is now, as the user named it.
        name: NAME:TAG.
        image_format: oci, oci-archive.
        index: what it lists.
        reference: its name in the index of the target.
        bytes_written: bytes of the target; in a layout those of the files that were written, in a registry
            those that were sent.
        seconds: wall time.
        pushed: what became of the layers, for a registry; else None.
    """

    target: str
    name: str
    image_format: str
    index: ImageIndex
    reference: str
    bytes_written: int
    seconds: float
    pushed: Pushed | None = None


def write_index(
    index: ImageIndex, name: ImageName, target: Path, image_format: str, progress: Progress
) -> WrittenIndex:
    """Write an archive or a layout.

    Args:
        index: what to write; `progress` counts the bytes of its layers.
        name: NAME:TAG, under which readers find it.
        target: a file, or a directory: a layout that is there gets it beside what it has.
        image_format: oci-archive or oci.
        progress: notified of progress, and asked whether to stop.

    Raises:
        MalformedImageError: a blob is missing, or is not what its digest says.
        WriteError: the target cannot be written; what was there before is unchanged.
        Cancelled: the user stopped it; the target is as it was.
    """
    began = time.monotonic()
    form = FORMATS.get(image_format)
    if is_special(target):
        raise WriteError(f"{target}: an index goes into a file or a directory, not into a pipe")
    layers = index.layers()
    place = LayoutTarget(target) if form.directory else ArchiveTarget(target, Stamp())
    place.needed = sum(size for _, size in layers.values())
    progress.start("writing", place.needed)
    with told(resolved(target), place.needed), place:
        named = []
        for digest, (files, size) in layers.items():
            slot = place.slot(size)
            at = slot.offset
            for piece in layer_chunks(files, digest, size):
                check(progress)
                write_at(slot.descriptor, piece, at)
                at += len(piece)
                progress.advance(len(piece))
            named.append((form.blob_name(digest), slot, size))
        finished = place.finish(named, _documents(index, name))
    return WrittenIndex(
        str(target),
        str(name),
        image_format,
        index,
        next(iter(finished.references)),
        finished.total,
        time.monotonic() - began,
    )


def _documents(index: ImageIndex, name: ImageName) -> Documents:
    """Return everything but the layers."""
    form = FORMATS.get("oci")
    small = [*index.configs().values(), *(one.data for one in index.all), index.data]
    entries = (
        Indexed(index.data, name, None, kind=INDEX_TYPE),
        *(
            Indexed(one.data, None, None, kind=one.entry["mediaType"], entry=one.entry)
            for one in index.companions
        ),
    )
    members = {form.blob_name(digest_of(data)): data for data in small}
    members |= {INDEX: canonical(index_of(entries)), LAYOUT: OCI_LAYOUT}
    return Documents(tuple(members.items()), (index.digest,), entries)
