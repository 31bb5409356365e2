"""Reading the layers of a stored image: their contents, and whether they match the image's documents."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from nixdive.contents.layer_index import LayerIndex, index_layer
from nixdive.errors import Cancelled, MalformedImageError
from nixdive.image import media
from nixdive.image.history import store_dir
from nixdive.progress import NullProgress, Progress, check

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from nixdive.image.readers.stored import StoredImage, StoredLayer


def index_image(
    image: StoredImage,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
    known: Collection[bytes] = (),
    jobs: int | None = None,
) -> tuple[LayerIndex, ...]:
    """Return the index of every layer, lowest first; a repeated layer is read once.

    Layers are read concurrently, the largest first; apart from the indexes, the memory used does not depend
    on their sizes. Progress counts bytes as they are stored; its parts are the indices of the layers.

    Args:
        image: the image.
        progress: notified of progress, asked whether to continue.
        known: hash parts of store paths that count as references even without the store's name before them.
        jobs: how many layers are read at once; by default as many as there are processors.

    Raises:
        MalformedImageError: a layer is not a tar, does not match its diff_id, or has an unknown media type.
        Cancelled: the user stopped it.
    """
    first: dict[tuple[str, str], int] = {}
    for i, layer in enumerate(image.layers):
        _check_media(layer)
        first.setdefault((layer.member, layer.diff_id), i)
    progress.start("reading", sum(image.layers[i].size for i in first.values()))
    reading = _Reading(progress, known, store_dir(image.config))
    order = sorted(first.values(), key=lambda i: -image.layers[i].size)
    pool = ThreadPoolExecutor(jobs or os.cpu_count() or 1)
    try:
        futures = {i: pool.submit(reading.index, image.layers[i], i) for i in order}
        indexes = {i: futures[i].result() for i in sorted(futures)}
    finally:
        reading.unwanted = True
        pool.shutdown(cancel_futures=True)
    return tuple(indexes[first[layer.member, layer.diff_id]] for layer in image.layers)


class _Reading:
    """State that the threads share."""

    def __init__(self, progress: Progress, known: Collection[bytes], store: str) -> None:
        self.unwanted = False
        self._progress = progress
        self._known = known
        self._store = store

    def index(self, layer: StoredLayer, part: int) -> LayerIndex:
        index = index_layer(layer.tar(self._told(layer, part)), layer.where, self._known, self._store)
        if index.diff_id != layer.diff_id:
            raise MalformedImageError(
                f"{layer.where}: its diff_id is {index.diff_id}, the config says {layer.diff_id}",
                hint="nixdive verify lists everything that is wrong",
            )
        return index

    def _told(self, layer: StoredLayer, part: int) -> Iterator[bytes]:
        for data in layer.chunks():
            check(self._progress)
            if self.unwanted:
                raise Cancelled
            yield data
            self._progress.advance(len(data), part)


def _check_media(layer: StoredLayer) -> None:
    if layer.media_type is not None and media.compression_of(layer.media_type) is None:
        raise MalformedImageError(
            f"{layer.where}: {layer.media_type!r} is not the media type of a layer that can be read"
        )
