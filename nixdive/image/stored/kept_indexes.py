"""Indexes of compressed layers in the user's cache: an image is opened without unpacking it again."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Self

from nixdive.bounds import most
from nixdive.cache.indexes import IndexFiles
from nixdive.cache.user import user_cache
from nixdive.contents.index_data import FORMAT, index_data, index_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.contents.layer_index import LayerIndex
    from nixdive.image.readers.stored import StoredLayer

# whether a layer can be read, and what a hash of holes says, depends on them
_BOUNDS = ("tar-entries", "tar-names", "implied-folders", "holes", "ratio", "xz-memory", "zstd-window")


class KeptIndexes:
    """Indexes by the digests of blobs and the store that references in them lead to; used from any thread.

    Args:
        files: where they are.
    """

    def __init__(self, files: IndexFiles) -> None:
        self._files = files
        self._bounds = " ".join(f"{name}={most(name)}" for name in _BOUNDS)

    @classmethod
    def of_user(cls, layers: Iterable[StoredLayer]) -> Self | None:
        """Return those in the cache of the user; None if there is none, or it has nothing of such layers.

        Args:
            layers: those that are to be read.
        """
        if not any(layer.digest and layer.compression != "none" for layer in layers):
            return None
        cache = user_cache(lambda _: None)  # what is wrong with it is said when an image is written
        return None if cache is None else cls(IndexFiles(cache.folder))

    def get(self, digest: str, store: str) -> LayerIndex | None:
        """Return the index of a layer, or None.

        Args:
            digest: of its blob.
            store: the directory of the store.
        """
        data = self._files.read(self._key(digest, store))
        return None if data is None else index_in(data)

    def keep(self, digest: str, store: str, index: LayerIndex) -> None:
        """Keep the index of a layer whose blob was seen to have its digest.

        Another image may have a blob that says it has this digest, so that what was not checked must not be
        kept.
        """
        self._files.save(self._key(digest, store), index_data(index))

    def _key(self, digest: str, store: str) -> str:
        return sha256(f"{FORMAT} {digest} {store} {self._bounds}".encode()).hexdigest()
