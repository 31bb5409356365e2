"""One layer of a plan as a file: the uncompressed tar that the image would have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive import there
from nixdive.beside import check_room, resolved, told, write_at
from nixdive.errors import ExistsError, WriteError
from nixdive.image.materials import raw_layer
from nixdive.progress import Progress, check
from nixdive.unfinished import unfinished_file

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.to_write import ImageToWrite
    from nixdive.layering.plan import Layer

_PIECE = 1 << 20


def extract_layer(
    image: ImageToWrite,
    layer: Layer,
    target: Path,
    *,
    force: bool,
    progress: Progress,
) -> int:
    """Write the tar of a layer, which has its name when it is complete; return its bytes.

    Args:
        image: what the layer belongs to; its spec says time and owner of the files.
        layer: a layer of its plan.
        target: where to write.
        force: whether an existing file may be replaced.
        progress: notified of progress, asked whether to continue.

    Raises:
        ExistsError: the file exists, and may not be replaced.
        WriteError: the target is not a file, or the disk is full.
        ImageError: the files of the layer cannot be read.
        Cancelled: the user stopped it.
    """
    raw = raw_layer(image, layer)
    place = resolved(target)
    if there.is_other(place, WriteError, target):
        raise WriteError(f"{target}: it is not a regular file", hint="name a file")
    if there.exists(place, WriteError, target) and not force:
        raise ExistsError(f"{target}: it already exists")
    check_room(place, raw.size)
    progress.start("extracting", raw.size)
    buffer = memoryview(bytearray(_PIECE))
    written = 0
    with told(target, raw.size), unfinished_file(place) as new:
        for block in raw.blocks(lambda: buffer):
            check(progress)
            write_at(new.descriptor, block, written)
            written += len(block)
            progress.advance(len(block))
        try:
            new.finish(replace=force)
        except FileExistsError as error:
            raise ExistsError(f"{target}: it already exists") from error
    return written
