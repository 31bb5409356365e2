"""Reading the layers of a stored image: their contents, and what keeps a layer from being read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING

from nixdive.bounds import most, over
from nixdive.collector import uncollected
from nixdive.contents.layer_index import Facts, LayerIndex, index_headers, index_layer
from nixdive.errors import Cancelled, MalformedImageError
from nixdive.image.oci.history import store_dir
from nixdive.processors import processors
from nixdive.progress import NullProgress, Progress, check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Executor
    from hashlib import _Hash as Hash

    from nixdive.image.readers.stored import StoredImage, StoredLayer
    from nixdive.image.stored.kept_indexes import KeptIndexes


def index_image(
    image: StoredImage,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
    jobs: int | None = None,
    facts: Facts | Callable[[StoredLayer], Facts] = Facts.NONE,
    *,
    known: Mapping[str, LayerIndex] = MappingProxyType({}),
    kept: KeptIndexes | None = None,
    believed: bool = True,
) -> tuple[LayerIndex, ...]:
    """Return the index of every layer, lowest first; a repeated layer is read once.

    A layer that is missing, damaged, not a tar, or of an unknown media type has an index with its fault; so
    has one that is not what its diff_id says, if that was asked for. The others are read all the same.

    Of layers that are not compressed only the headers are read if nothing is asked of their data. All others
    are read concurrently, the largest first; apart from the indexes, the memory used does not depend on their
    sizes. Progress counts bytes as they are stored; its parts are the indices of the layers.

    Args:
        image: the image.
        progress: notified of progress, asked whether to continue.
        jobs: how many layers are read at once; by default as many as there are processors.
        facts: what is asked of the data of the files: of all layers, or of each.
        known: indexes by the digests of blobs; where one says what is asked, such a blob is not read,
            unless it has not the size that its manifest states.
        kept: where the same is looked up of blobs that would be read as a whole; those that are read, and
            are what their digests say, are kept there.
        believed: whether what is kept counts for a blob because its manifest states the digest. Otherwise
            such a blob is hashed, and unpacked like the others if it has another digest.

    Raises:
        MalformedImageError: no layer can be read, the message is about the lowest; or all together have more
            files than the bound `image-entries`.
        Cancelled: the user stopped it.
    """
    wanted = (lambda _: facts) if isinstance(facts, Facts) else facts
    indexes: dict[int, LayerIndex] = {}
    first: dict[tuple[str, str], int] = {}
    for i, layer in enumerate(image.layers):
        first.setdefault((layer.member, layer.diff_id), i)
    jobs = jobs or processors()
    # a large layer would keep one processor busy to the end, so that what it is packed in is shared as well
    with uncollected(), ThreadPoolExecutor(jobs) as unpackers:
        where = image.layers[0].files.where if image.layers else ""
        shared = unpackers if jobs > 1 else None
        reading = _Reading(
            where,
            progress,
            store_dir(image.config),
            wanted,
            unpackers=shared,
            kept=kept,
            believed=believed,
        )
        for i in first.values():
            index = reading.before(image.layers[i], known)
            if index is not None:
                indexes[i] = index
        unread = [i for i in first.values() if i not in indexes]
        progress.start("reading", sum(image.layers[i].size for i in unread))
        order = sorted(unread, key=lambda i: -image.layers[i].size)
        packed = [i for i in order if not reading.skips(image.layers[i])]
        pool = ThreadPoolExecutor(min(jobs, len(packed) or 1))
        try:
            futures = {i: pool.submit(reading.index, image.layers[i], i) for i in packed}
            # these take the interpreter's lock, and no time that threads could share
            indexes |= {i: reading.headers(image.layers[i], i) for i in order if i not in futures}
            indexes |= {i: futures[i].result() for i in sorted(futures)}
        finally:
            reading.unwanted = True
            pool.shutdown(cancel_futures=True)
    found = tuple(indexes[first[layer.member, layer.diff_id]] for layer in image.layers)
    if found and all(index.fault for index in found):
        raise image.layers[0].malformed(found[0].fault)
    return found


def by_digest(image: StoredImage, indexes: Iterable[LayerIndex]) -> dict[str, LayerIndex]:
    """Return the indexes of an image's layers by the digests of their blobs, as far as these are stated."""
    pairs = zip(image.layers, indexes, strict=True)
    return {layer.digest: index for layer, index in pairs if layer.digest and layer.has_stated_size}


def if_packed(facts: Facts) -> Callable[[StoredLayer], Facts]:
    """Return what to ask where only layers that are compressed, and so are read in any case, are asked."""
    return lambda layer: Facts.NONE if layer.compression == "none" else facts


class _Reading:
    """State that the threads share."""

    def __init__(
        self,
        where: str,
        progress: Progress,
        store: str,
        facts: Callable[[StoredLayer], Facts],
        *,
        unpackers: Executor | None,
        kept: KeptIndexes | None,
        believed: bool,
    ) -> None:
        self.unwanted = False
        self._where = where
        self._lock, self._entries, self._most = Lock(), 0, most("image-entries")
        self._unpackers = unpackers
        self._progress = progress
        self._store = store
        self._facts = facts
        self._kept = kept
        self._believed = believed

    def before(self, layer: StoredLayer, known: Mapping[str, LayerIndex]) -> LayerIndex | None:
        """Return the index of a layer that was read before; None where it must be read."""
        if layer.digest is None or not layer.has_stated_size:
            return None
        check(self._progress)
        index = known.get(layer.digest)
        if index is None or not self._suits(layer, index):
            index = self._found(layer) if self._believed and not self.skips(layer) else None
        return None if index is None else self._counted(index)

    def _found(self, layer: StoredLayer) -> LayerIndex | None:
        """Return what is kept of the blob that a layer says it is, if that says what is asked."""
        if self._kept is None or layer.digest is None or not layer.has_stated_size:
            return None
        index = self._kept.get(layer.digest, self._store)
        return index if index is not None and self._suits(layer, index) else None

    def _suits(self, layer: StoredLayer, index: LayerIndex) -> bool:
        """Whether an index of a blob says what is asked of a layer, and nothing else than its config."""
        return not index.fault and self._facts(layer) in index.facts and index.diff_id in {"", layer.diff_id}

    def skips(self, layer: StoredLayer) -> bool:
        """Whether the data of a layer's files are not read."""
        return bool(layer.fault) or (layer.compression == "none" and not self._facts(layer))

    def headers(self, layer: StoredLayer, part: int) -> LayerIndex:
        """Return the index of a layer whose data are not read."""
        if layer.fault:
            return LayerIndex.unreadable(layer.fault)
        check(self._progress)
        try:
            index = index_headers(layer.reader(), layer.size)
        except MalformedImageError as error:
            index = LayerIndex.unreadable(layer.cause(error))
        self._progress.advance(layer.size, part)
        return self._counted(index)

    def index(self, layer: StoredLayer, part: int) -> LayerIndex:
        """Return the index of a layer that is read as a whole."""
        index = None if self._believed else self._found(layer)
        if index is not None and self._is_right(layer, part):
            return self._counted(index)
        proof = sha256() if self._kept is not None and layer.has_stated_size else None
        # what was hashed, and is something else, counts as read already
        pieces = layer.tar(self._told(layer, part if index is None else None, proof), self._unpackers)
        try:
            index = index_layer(pieces, layer.where, self._store, self._facts(layer))
        except MalformedImageError as error:
            return LayerIndex.unreadable(layer.cause(error))
        if index.diff_id not in {"", layer.diff_id}:
            cause = f"its diff_id is {index.diff_id}, the config says {layer.diff_id}"
            return LayerIndex.unreadable(cause)
        if self._kept is not None and proof is not None and f"sha256:{proof.hexdigest()}" == layer.digest:
            self._kept.keep(layer.digest, self._store, index)
        return self._counted(index)

    def _is_right(self, layer: StoredLayer, part: int) -> bool:
        """Whether a blob, which is read for it, has the digest that its manifest states."""
        proof = sha256()
        try:
            for _ in self._told(layer, part, proof):
                pass
        except MalformedImageError:
            return False  # unpacking it says what is wrong
        return f"sha256:{proof.hexdigest()}" == layer.digest

    def _counted(self, index: LayerIndex) -> LayerIndex:
        """Return the index; raise MalformedImageError if all together have too many files."""
        with self._lock:
            self._entries += len(index.entries)
            if self._entries > self._most:
                raise MalformedImageError(
                    f"{self._where}: {over('image-entries', 'its layers have more than {} files')}"
                )
        return index

    def _told(self, layer: StoredLayer, part: int | None, proof: Hash | None) -> Iterator[bytes]:
        """Yield a blob in pieces, and hash it; tell of them as progress of a part if one is given."""
        for data in layer.chunks():
            check(self._progress)
            if self.unwanted:
                raise Cancelled
            if proof is not None:
                proof.update(data)
            yield data
            if part is not None:
                self._progress.advance(len(data), part)
