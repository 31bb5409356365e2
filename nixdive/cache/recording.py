"""A layer's blob on its way into the cache: it may give up at any time, and the work goes on without it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nixdive.beside import write_at
from nixdive.cache.facts import blob_name
from nixdive.cache.folder import SPARED

if TYPE_CHECKING:
    from nixdive.cache.facts import LayerFacts
    from nixdive.cache.layers import LayerCache

_OFTEN = 1 << 24  # how often it is looked how much is free
_NEVER = 1 << 62


class Recording:
    """Takes a blob from front to back; used by one thread at a time."""

    def __init__(self, cache: LayerCache) -> None:
        self._cache = cache
        self._part = ""
        self._descriptor = -1
        self._size = 0
        self._looked = -1

    def write(self, data: bytes | memoryview) -> None:
        """Take more of the blob; once it cannot be kept, nothing more is done with it."""
        if self._looked == _NEVER:
            return
        try:
            if self._looked < 0:
                self._part, self._descriptor = self._cache.folder.begin()
            if self._size >= self._looked:
                self._looked = self._size + _OFTEN
                if self._size + len(data) > self._cache.room.limit or self._cache.folder.free() < SPARED:
                    self.drop()
                    return
            write_at(self._descriptor, data, self._size)
        except OSError as error:
            self._cache.refuse(error)
            self.drop()
            return
        self._size += len(data)

    def keep(self, key: str, facts: LayerFacts) -> None:
        """Put the blob and what is known of the layer into the cache.

        Args:
            key: what determines its bytes.
            facts: what came of it.
        """
        cache, name = self._cache, blob_name(facts.digest)
        try:
            if self._descriptor >= 0 and self._size == facts.size and cache.room.make(name, facts.size):
                cache.folder.rename(self._part, name)
                self._part = ""
        except OSError as error:
            cache.refuse(error)
        self.drop()
        cache.learn(key, facts)

    def drop(self) -> None:
        """Give up what was taken."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self._part:
            self._cache.folder.remove(self._part)
            self._part = ""
        self._looked = _NEVER
