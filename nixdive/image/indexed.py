"""Reading the layers of a stored image: their contents, and what keeps a layer from being read."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from nixdive.contents.layer_index import LayerIndex, index_layer
from nixdive.errors import Cancelled, MalformedImageError
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

    A layer that is missing, damaged, not a tar, not what its diff_id says, or of an unknown media type has an
    index with its fault; the others are read all the same. Layers are read concurrently, the largest first;
    apart from the indexes, the memory used does not depend on their sizes. Progress counts bytes as they are
    stored; its parts are the indices of the layers.

    Args:
        image: the image.
        progress: notified of progress, asked whether to continue.
        known: hash parts of store paths that count as references even without the store's name before them.
        jobs: how many layers are read at once; by default as many as there are processors.

    Raises:
        MalformedImageError: no layer can be read; the message is about the lowest.
        Cancelled: the user stopped it.
    """
    first: dict[tuple[str, str], int] = {}
    for i, layer in enumerate(image.layers):
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
    found = tuple(indexes[first[layer.member, layer.diff_id]] for layer in image.layers)
    if found and all(index.fault for index in found):
        raise image.layers[0].malformed(found[0].fault)
    return found


class _Reading:
    """State that the threads share."""

    def __init__(self, progress: Progress, known: Collection[bytes], store: str) -> None:
        self.unwanted = False
        self._progress = progress
        self._known = known
        self._store = store

    def index(self, layer: StoredLayer, part: int) -> LayerIndex:
        if layer.fault:
            return LayerIndex.unreadable(layer.fault)
        try:
            index = index_layer(layer.tar(self._told(layer, part)), layer.where, self._known, self._store)
        except MalformedImageError as error:
            return LayerIndex.unreadable(layer.cause(error))
        if index.diff_id != layer.diff_id:
            cause = f"its diff_id is {index.diff_id}, the config says {layer.diff_id}"
            return LayerIndex.unreadable(cause)
        return index

    def _told(self, layer: StoredLayer, part: int) -> Iterator[bytes]:
        for data in layer.chunks():
            check(self._progress)
            if self.unwanted:
                raise Cancelled
            yield data
            self._progress.advance(len(data), part)
