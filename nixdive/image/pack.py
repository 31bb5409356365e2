"""Pack one layer by itself, as a directory from which images are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive import there
from nixdive.beside import check_room, resolved, told
from nixdive.digest import hex_of
from nixdive.errors import ExistsError, WriteError
from nixdive.image.compression import compression
from nixdive.image.oci.config import canonical
from nixdive.image.packed_layer import BLOBS, DOCUMENT, document
from nixdive.image.target import written_into
from nixdive.image.tars.tar import TarLayer
from nixdive.image.writers.layout import LayoutTarget
from nixdive.image.writers.parts import Documents
from nixdive.processors import processors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nixdive.contents.entry import Contents
    from nixdive.image.oci.spec import Stamp
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath


def pack_place(target: Path) -> LayoutTarget:
    """Return a directory for a packed layer, before anything is read; nothing is created.

    Raises:
        ExistsError: there is something in it.
        WriteError: it cannot be made.
    """
    real = resolved(target)
    if there.is_folder(real, WriteError, target) and (found := sorted(real.iterdir())):
        raise ExistsError(f"{target}: it contains {found[0].name}", hint="name a new or empty directory")
    return LayoutTarget(target)


def pack_layer(
    paths: Sequence[StorePath],
    contents: Contents,
    place: LayoutTarget,
    *,
    stamp: Stamp,
    method: str,
    jobs: int | None = None,
    progress: Progress,
) -> dict[str, Any]:
    """Write a layer of store paths into a directory of its own, and return its document.

    `progress.start("packing", total)` is called with the bytes of its tar.

    Args:
        paths: in the order of its tar; what they need is not added.
        contents: their files.
        place: what `pack_place` has returned; the directory is there when it is complete.
        stamp: time and owner of all entries.
        method: none, gzip, zstd or zstd:LEVEL.
        jobs: threads; None means one for each processor. The bytes do not depend on it.
        progress: notified of progress, asked whether to stop.

    Raises:
        WriteError: it cannot be written.
        UnreadablePathError: a store path is missing or cannot be read.
        Cancelled: the user stopped it.
    """
    layer = TarLayer.of_paths(paths, contents, stamp)
    real = resolved(place.target)
    check_room(real, layer.size if method == "none" else 0)
    progress.start("packing", layer.size)
    with told(real, place.needed), place:
        (blob,), (slot,) = written_into(place, [layer], compression(method), jobs or processors(), progress)
        said = document(paths, stamp, method, blob)
        members = ((DOCUMENT, canonical(said)),)
        place.finish([(f"{BLOBS}/{hex_of(blob.digest)}", slot, blob.size)], Documents(members, ()))
    return said
