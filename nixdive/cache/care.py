"""What a cache holds, and how it is tidied up or emptied."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.cache.facts import BLOB, FACTS, LayerFacts, blob_name
from nixdive.cache.folder import PART
from nixdive.cache.indexes import INDEX, IndexFiles
from nixdive.cache.layers import digest_of_file, left_over
from nixdive.cache.room import by_use
from nixdive.cache.samples import SAMPLES

if TYPE_CHECKING:
    from nixdive.cache.folder import Folder, Found
    from nixdive.progress import Progress

_LONGEST = 1 << 12


@dataclass(frozen=True, slots=True)
class CacheState:
    """What is in a cache.

    Attributes:
        layers: how many layers are known by their digests.
        blobs: how many blobs there are.
        size: bytes of the blobs.
        oldest: when the blob that was not used for the longest time was used, in seconds since 1970, or None.
        indexes: of how many layers of images that were opened the contents are known.
        index_size: bytes of what says so.
    """

    layers: int
    blobs: int
    size: int
    oldest: float | None
    indexes: int = 0
    index_size: int = 0

    @classmethod
    def of(cls, folder: Folder) -> CacheState:
        """Return the state of a cache. Raises OSError if it cannot be listed."""
        found = list(folder.files())
        blobs, indexes = by_use(found, BLOB), by_use(found, INDEX)
        return cls(
            sum(one.name.endswith(FACTS) for one in found),
            len(blobs),
            sum(blob.size for blob in blobs),
            blobs[0].used / 1e9 if blobs else None,
            len(indexes),
            sum(one.size for one in indexes),
        )


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed from a cache.

    Attributes:
        blobs: how many blobs.
        size: their bytes, and those of all else that takes more than a few.
        damaged: how many files were not what their names say.
    """

    blobs: int
    size: int
    damaged: int


def prune(folder: Folder, most: int, progress: Progress) -> Removed:
    """Remove what is damaged, unfinished or of no use, then what was used least recently.

    What another process removes meanwhile is not damaged.

    Args:
        folder: the files of a cache.
        most: bytes of blobs that may stay.
        progress: notified of the bytes that are read: every blob is.

    Raises:
        OSError: the directory cannot be listed.
        Cancelled: the user stopped it.
    """
    found = list(folder.files())
    blobs = by_use(found, BLOB)
    facts, wrong = _named(folder, found)
    wanted = {blob_name(one.digest) for one in facts}
    progress.start("checking the cache", sum(blob.size for blob in blobs))
    damaged = {blob for blob in blobs if not _sound(folder, blob, progress) and folder.has(blob.name)}
    useless = [blob for blob in blobs if blob.name not in wanted and blob not in damaged]
    kept = [blob for blob in blobs if blob.name in wanted and blob not in damaged]
    left = sum(blob.size for blob in kept)
    over = []
    for blob in kept:
        if left <= most:
            break
        over.append(blob)
        left -= blob.size
    gone = [*damaged, *useless, *over]
    parts = left_over(found)
    torn = IndexFiles(folder).damaged(found)
    for one in (*gone, *wrong, *parts, *torn):
        folder.remove(one.name)
    size = sum(one.size for one in (*gone, *parts, *torn))
    return Removed(len(gone), size, len(damaged) + len(wrong) + len(torn))


def clear(folder: Folder) -> Removed:
    """Remove everything that the cache has written, and nothing else. Raises OSError."""
    found = [one for one in folder.files() if one.name.endswith((BLOB, FACTS, INDEX, SAMPLES, PART))]
    for one in found:
        folder.remove(one.name)
    blobs = sum(one.name.endswith(BLOB) for one in found)
    size = sum(one.size for one in found if not one.name.endswith((FACTS, SAMPLES)))
    return Removed(blobs, size, 0)


def _named(folder: Folder, found: list[Found]) -> tuple[list[LayerFacts], list[Found]]:
    """Return what is known of all layers, and the files that are damaged."""
    facts, wrong = [], []
    for file in by_use(found, FACTS):
        data = folder.read(file.name, _LONGEST)
        said = None if data is None else LayerFacts.of(data, file.name.removesuffix(FACTS))
        if said is not None:
            facts.append(said)
        elif folder.has(file.name):
            wrong.append(file)
    return facts, wrong


def _sound(folder: Folder, blob: Found, progress: Progress) -> bool:
    descriptor = folder.opened(blob.name)
    if descriptor is None:
        return False
    try:
        return blob_name(digest_of_file(descriptor, progress)) == blob.name
    except OSError:
        return False
    finally:
        os.close(descriptor)
        progress.advance(blob.size)
