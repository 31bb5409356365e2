"""What layers have in them, as small files by key that notice when they are damaged."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import zstandard

from nixdive.cache.folder import SPARED
from nixdive.cache.room import Room, by_use

if TYPE_CHECKING:
    from nixdive.cache.folder import Folder, Found

INDEX = ".index"
"""How the names of the files end."""

INDEX_LIMIT = 1 << 26
"""Bytes of all of them together."""

_LONGEST = 1 << 24  # bytes of one
_MOST_UNPACKED = 1 << 26  # bytes of what is in it; a layer with more files is read again each time
_SUM = 64
_LEVEL = 3  # of zstd; higher ones save little


class IndexFiles:
    """The files of a cache that say what is in layers; used from any thread.

    No method raises an error of the operating system: what cannot be read is not there, and what cannot be
    written is not kept.

    Args:
        folder: the files of the cache.
        limit: bytes of all of them together; those go first that were used least recently, but none that was
            used through this value.
    """

    def __init__(self, folder: Folder, limit: int = INDEX_LIMIT) -> None:
        self._folder = folder
        self._room = Room(folder, INDEX, limit)

    def read(self, key: str) -> bytes | None:
        """Return what is kept under a key, or None; what is damaged is removed.

        Args:
            key: what determines it, as letters and digits.
        """
        name = key + INDEX
        data = self._folder.read(name, _LONGEST)
        if data is None:
            return None
        body = _body(data, key)
        if body is None:
            self._folder.remove(name)
        else:
            self._room.use(name)
        return body

    def save(self, key: str, body: bytes) -> None:
        """Keep something under a key, in place of what was there, if there is room for it."""
        if len(body) > _MOST_UNPACKED:
            return
        packed = zstandard.ZstdCompressor(level=_LEVEL).compress(body)
        data, name = _sum(key, packed) + packed, key + INDEX
        try:
            if len(data) <= _LONGEST and self._folder.free() >= SPARED and self._room.make(name, len(data)):
                self._folder.save(name, data)
        except OSError:
            return

    def damaged(self, found: list[Found]) -> list[Found]:
        """Return those of some files that are not what their names say, and are still there."""
        wrong = []
        for one in by_use(found, INDEX):
            data = self._folder.read(one.name, _LONGEST)
            if (data is None or _body(data, one.name.removesuffix(INDEX)) is None) and self._folder.has(
                one.name
            ):
                wrong.append(one)
        return wrong


def _body(data: bytes, key: str) -> bytes | None:
    """Return what a file has kept under a key, or None if it is damaged, or the file of another key."""
    packed = data[_SUM:]
    if data[:_SUM] != _sum(key, packed):
        return None
    try:
        if not 0 <= zstandard.frame_content_size(packed) <= _MOST_UNPACKED:
            return None
        return zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError:
        return None


def _sum(key: str, packed: bytes) -> bytes:
    return sha256(key.encode() + b"\n" + packed).hexdigest().encode()
