"""The uncompressed tars of layers, read at any place; a compressed one is unpacked once, when needed."""

from __future__ import annotations

import io
import os
import weakref
from bisect import bisect_right
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING

from nixdive.contents.entry import stretches
from nixdive.errors import UnreadablePathError
from nixdive.image.readers.archive import spooled
from nixdive.image.readers.files import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import WriteableBuffer as Buffer

    from nixdive.contents.entry import Extents
    from nixdive.image.readers.stored import StoredLayer


class LayerData:
    """The tars of all layers, one after another, as one range of bytes.

    Args:
        layers: lowest first.
        sizes: bytes of the uncompressed tar of each.
    """

    def __init__(self, layers: Sequence[StoredLayer], sizes: Sequence[int]) -> None:
        self.starts = tuple(accumulate(sizes, initial=0))
        self._layers = tuple(layers)
        self._locks = tuple(Lock() for _ in layers)
        self._places: list[Place | None] = [None] * len(self._layers)
        self._spools: list[int] = []
        weakref.finalize(self, _close, self._spools)

    def place(self, at: int) -> tuple[int, int]:
        """Return the descriptor of a file and the offset in it, for a position in the range.

        Raises:
            MalformedImageError: a compressed layer is damaged.
            ImageError: there is no room to unpack it.
        """
        layer = bisect_right(self.starts, at, hi=len(self._layers)) - 1
        place = self._places[layer] or self._opened(layer)
        return place.descriptor, place.offset + at - self.starts[layer]

    def _opened(self, layer: int) -> Place:
        with self._locks[layer]:
            place = self._places[layer]
            if place is None:
                stored = self._layers[layer]
                if stored.compression == "none":
                    place = stored.files.place(stored.member)
                else:
                    descriptor = spooled(stored.tar(), stored.where)
                    self._spools.append(descriptor)
                    place = Place(descriptor, 0, os.fstat(descriptor).st_size)
                self._places[layer] = place
            return place

    def read(self, at: int, buffers: list[memoryview], name: bytes) -> int:
        """Read from a position into buffers; return how many bytes there were; `name` is for messages."""
        descriptor, offset = self.place(at)
        try:
            return os.preadv(descriptor, buffers, offset)
        except OSError as error:
            raise UnreadablePathError(f"{os.fsdecode(name)}: {error.strerror}") from error


class Window(io.RawIOBase):
    """A file's data, read by position, so that threads can share the descriptor.

    Args:
        data: the tars.
        at: where the file's data begin in their range.
        size: how many bytes there are.
        name: of the file, for messages.
        extents: where a sparse file has data; None for a file without holes.
    """

    def __init__(
        self, data: LayerData, at: int, size: int, name: bytes, extents: Extents | None = None
    ) -> None:
        super().__init__()
        self._data = data
        self._stretches = stretches(at, size, extents)
        self._left = 0
        self._at: int | None = None
        self._name = name

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Read as much as there is room for, or fewer bytes up to where a hole begins or ends."""
        view = memoryview(buffer)
        while not self._left:
            stretch = next(self._stretches, None)
            if stretch is None:
                return 0
            self._left, self._at = stretch
        count = min(len(view), self._left)
        if self._at is None:
            view[:count] = bytes(count)
        elif count:
            count = self._data.read(self._at, [view[:count]], self._name)
            self._at += count
        self._left -= count
        return count


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
