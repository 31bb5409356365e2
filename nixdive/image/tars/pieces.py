"""Pieces of a tar that is not written: any bytes of it, read from the files that it would be made of."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from nixdive.contents.data import read
from nixdive.contents.entry import Contents, FileEntry, Kind
from nixdive.image.tars.header import HeaderMaker, Owner, padding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.oci.spec import Stamp

_SKIPPED = 1 << 20  # read at once on the way to a place in a file that cannot be sought


class TarPieces:
    """The tar of some entries, without its end.

    Attributes:
        size: its bytes.
    """

    def __init__(self, entries: Sequence[FileEntry], contents: Contents, stamp: Stamp) -> None:
        self._entries = entries
        self._contents = contents
        self._maker = maker = HeaderMaker(Owner.of(stamp))
        sizes = (maker.entry_size(entry) + entry.size + len(padding(entry.size)) for entry in entries)
        self._ends = list(accumulate(sizes))
        self.size = self._ends[-1] if self._ends else 0

    def piece(self, at: int, size: int) -> bytes:
        """Return so many bytes from a place on; fewer where the tar ends.

        Raises:
            UnreadablePathError: a file cannot be opened.
            OSError: it cannot be read.
        """
        first = bisect_right(self._ends, at)
        skip = at - (self._ends[first - 1] if first else 0)
        made = bytearray()
        for entry in islice(self._entries, first, None):
            room = size - len(made)
            if room <= 0:
                break
            head = self._maker.entry(entry)
            made += head[skip : skip + room]
            inside, skip = max(skip - len(head), 0), 0
            room = size - len(made)
            if entry.kind is Kind.FILE and inside < entry.size and room > 0:
                made += self._data(entry, inside, room)
            if len(made) < size:
                made += padding(entry.size)
        return bytes(made[:size])

    def _data(self, entry: FileEntry, at: int, room: int) -> bytes:
        with self._contents.open(entry) as file:
            if file.seekable():
                file.seek(at)
            else:
                while at and (gone := len(file.read(min(at, _SKIPPED)))):
                    at -= gone
            return read(file, room)
