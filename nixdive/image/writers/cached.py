"""Layers that a cache may have: looked up and checked in the background, and kept once they are made."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from nixdive.cache.facts import LayerFacts
from nixdive.cache.layers import CachedBlob
from nixdive.digest import hex_of
from nixdive.image.readers.stored import StoredLayer
from nixdive.image.tars.tar import TarLayer
from nixdive.image.writers.parts import Blob
from nixdive.image.written import CacheUse

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path
    from types import TracebackType

    from nixdive.cache.layers import LayerCache
    from nixdive.cache.recording import Recording
    from nixdive.image.compression import Compression
    from nixdive.image.sources import Raw
    from nixdive.progress import Progress

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
# blobs that are checked before they are needed: each is an open file, and a process may have a thousand or so
_AHEAD = 64


def layer_key(raw: Raw, method: Compression | None) -> str | None:
    """Return what determines the bytes of a layer's blob, or None if that is not certain.

    Args:
        raw: the layer.
        method: how it is compressed, or None.

    Raises:
        UnreadablePathError: a file is gone.
    """
    identity = raw.identity() if isinstance(raw, TarLayer) else None
    if identity is None:
        return None
    made_by = method.made_by if method is not None else "none"
    return sha256(f"{identity} {made_by}".encode()).hexdigest()


def blob_of(facts: LayerFacts) -> Blob:
    """Return the blob that a cache knows."""
    return Blob(**asdict(facts))


def _facts_of(blob: Blob) -> LayerFacts:
    return LayerFacts(blob.diff_id, blob.digest, blob.size, blob.uncompressed_size, blob.compression)


class PresentBlob(CachedBlob):
    """A blob that the target has already."""


class Cacheable:
    """A layer that a cache may have.

    Attributes:
        size: bytes of its tar.
        blocks: yields its tar in pieces, as `Raw` does.

    Args:
        raw: its tar.
        key: what determines the bytes of its blob.
        facts: what the cache knows of it, or None.
        cache: where it may be.
        reuse: what checks blobs, and counts.
    """

    def __init__(self, raw: Raw, key: str, facts: LayerFacts | None, cache: LayerCache, reuse: Reuse) -> None:
        self.size = raw.size if facts is None else facts.uncompressed_size
        self.blocks = raw.blocks
        self._facts = facts
        self._key = key
        self._cache = cache
        self._reuse = reuse
        self._looking: Future[CachedBlob | None] | None = None

    def look(self, pool: ThreadPoolExecutor, progress: Progress) -> None:
        """Begin to read and check the blob."""
        self._looking = pool.submit(self._opened, progress)

    def found(self, progress: Progress) -> CachedBlob | None:
        """Return the blob, which the caller closes, or None if the cache does not have it.

        Raises:
            Cancelled: the user stopped it.
        """
        looking, self._looking = self._looking, None
        self._reuse.look_ahead(self)
        found = self._opened(progress) if looking is None else looking.result()
        if found is not None:
            self._reuse.hit(self, 0 if isinstance(found, PresentBlob) else found.facts.size)
        return found

    def _opened(self, progress: Progress) -> CachedBlob | None:
        present = self._reuse.present(self._facts, progress) if self._facts is not None else None
        return present or self._cache.opened(self._key, progress)

    def known(self) -> Blob | None:
        """Return what the blob is, if the cache knows; it need not have it."""
        if self._facts is None:
            return None
        self._reuse.hit(self, 0)
        return blob_of(self._facts)

    def recording(self) -> Recording:
        """Return what takes the blob while it is made."""
        return self._reuse.recording(self, self._cache)

    def keep(self, recording: Recording, blob: Blob) -> None:
        """Keep the blob, now that it is made."""
        recording.keep(self._key, _facts_of(blob))

    def learn(self, blob: Blob) -> None:
        """Keep what the blob is, without its bytes."""
        self._cache.learn(self._key, _facts_of(blob))

    def forget(self) -> None:
        """Remove what has turned out to be wrong."""
        self._cache.forget(self._key)

    def close(self) -> None:
        """Close the blob, if nobody has asked for it; all threads have ended."""
        looking = self._looking
        if looking is not None and not looking.cancelled() and not looking.exception():
            found = looking.result()
            if found is not None:
                found.close()


class Reuse:
    """The layers of an image, looked up in a cache.

    Used as a context: leaving it closes all blobs, and drops what has not been recorded to its end.

    Args:
        cache: where layers are looked up and kept, or None.
        method: how they are compressed, or None.
        jobs: threads that check blobs.
        progress: asked whether to stop.
        blobs: a folder in which the target may have blobs already, named by the digits of their digests.
        ahead: whether blobs are checked before they are asked for; not where few of them are needed.
    """

    def __init__(
        self,
        cache: LayerCache | None,
        method: Compression | None,
        jobs: int,
        progress: Progress,
        blobs: Path | None = None,
        *,
        ahead: bool = True,
    ) -> None:
        self._cache = cache
        self._blobs = blobs
        self._method = method
        self._progress = progress
        self._checks = method is not None and ahead  # without compression there are no blobs
        self._pool = ThreadPoolExecutor(jobs, "cache")
        self._waiting: list[Cacheable] = []  # not looked at yet, the next one last
        self._ahead: set[Cacheable] = set()
        self._stack = ExitStack()
        self._made = 0
        self._settled: set[Cacheable] = set()
        self._hits = 0
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._stack.close()

    def offered(self, layer: Raw | StoredLayer) -> Raw | StoredLayer:
        """Return a layer, as one that the cache may have if that can be; they come in the order of use."""
        if isinstance(layer, StoredLayer):
            return layer
        self._made += 1
        key = None if self._cache is None else layer_key(layer, self._method)
        if key is None or self._cache is None:
            return layer
        facts = self._cache.known(key)
        found = Cacheable(layer, key, facts, self._cache, self)
        self._stack.callback(found.close)
        if facts is not None and self._checks:
            self._waiting.insert(0, found)
            self.look_ahead()
        return found

    def look_ahead(self, used: Cacheable | None = None) -> None:
        """Begin to check the next blobs; `used` is no longer among them."""
        if used is not None:
            self._ahead.discard(used)
            if used in self._waiting:
                self._waiting.remove(used)
        while self._waiting and len(self._ahead) < _AHEAD:
            layer = self._waiting.pop()
            layer.look(self._pool, self._progress)
            self._ahead.add(layer)

    def present(self, facts: LayerFacts, progress: Progress) -> PresentBlob | None:
        """Return a blob that the target has already, read once and checked; None if it has not.

        Raises:
            Cancelled: the user stopped it.
        """
        if self._blobs is None:
            return None
        try:
            descriptor = os.open(self._blobs / hex_of(facts.digest), _READ)
        except OSError:
            return None
        return PresentBlob.checked(descriptor, facts, progress)

    def recording(self, layer: Cacheable, cache: LayerCache) -> Recording:
        """Return what takes the blob of a layer that has to be made."""
        self._settled.add(layer)  # reading it afterwards is not what saves the time
        recording = cache.recording()
        self._stack.callback(recording.drop)
        return recording

    def hit(self, layer: Cacheable, size: int) -> None:
        """Count a layer that the cache had, once; `size` is how many bytes are copied from it."""
        if layer not in self._settled:
            self._settled.add(layer)
            self._hits += 1
            self._size += size

    @property
    def use(self) -> CacheUse | None:
        """What came from the cache; None without one."""
        if self._cache is None:
            return None
        return CacheUse(self._hits, self._made - self._hits, self._size)
