"""Reading a tar: member after member, each with all headers that belong to it and the offset of its data.

The tar comes in pieces, once, or is in a file, where data that are not needed are never read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from nixdive.bounds import most, over
from nixdive.contents.names import shown
from nixdive.contents.tar_header import (
    BLOCK,
    MOST_EXTENDED,
    TarMember,
    overridden,
    parsed,
    pax_records,
)
from nixdive.contents.tar_sparse import is_sparse, with_map
from nixdive.errors import MalformedImageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ZEROS = bytes(BLOCK)
# so much is read with a header: it often includes the next one, and more would be data nobody needs
_AHEAD = 4096
_LONG = {b"L": "name", b"K": "link"}  # members of GNU tar that contain a field of the next one
_BEFORE = frozenset({b"x", b"g", *_LONG})  # headers that belong to the member after them
_EXTENT = 100  # bytes of memory for one extent of a sparse file


class Window(Protocol):
    """The bytes of a tar that are in memory.

    Attributes:
        data: the bytes in memory.
        before: how many bytes of the tar come before them.
        at: the offset of the next unread one in them; past their end if bytes were skipped.
    """

    data: bytes
    before: int
    at: int

    @property
    def offset(self) -> int:
        """The offset of the next unread byte in the whole tar."""

    def has(self, count: int) -> bool:
        """Read until so many bytes are in memory; return whether there are that many."""

    def skip(self, count: int) -> bool:
        """Skip so many bytes, or all that are left; return whether there were that many."""

    def reach(self, offset: int, count: int) -> bool:
        """Skip to an offset, and read so many bytes into memory; return whether there are that many."""


class Pieces:
    """A tar that comes in pieces of any length and is read forward once."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.data = b""
        self.at = 0
        self.before = 0
        self._pieces = iter(pieces)

    @property
    def offset(self) -> int:
        """The offset of the next unread byte in the whole tar."""
        return self.before + self.at

    def has(self, count: int) -> bool:
        """Read until so many bytes are in memory; return whether there are that many."""
        while len(self.data) - self.at < count:
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self.before += self.at
            self.data = self.data[self.at :] + piece if self.at < len(self.data) else piece
            self.at = 0
        return True

    def skip(self, count: int) -> bool:
        """Skip so many bytes, or all that are left; return whether there were that many."""
        while count:
            if self.at == len(self.data) and not self.has(1):
                return False
            step = min(count, len(self.data) - self.at)
            self.at += step
            count -= step
        return True

    def reach(self, offset: int, count: int) -> bool:
        """Skip to an offset, and read so many bytes into memory; return whether there are that many."""
        return self.skip(offset - self.offset) and self.has(count)

    def finish(self) -> int:
        """Read the rest; return the bytes of the whole tar."""
        self.at = len(self.data)
        while self.has(1):
            self.at = len(self.data)
        return self.offset


class Span:
    """A tar in an open file; only what is needed is read.

    Args:
        descriptor: of the file.
        start: where the tar begins in it.
        size: bytes of the tar.
    """

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        self.data = b""
        self.at = 0
        self.before = 0
        self._descriptor = descriptor
        self._start = start
        self._size = size

    @property
    def offset(self) -> int:
        """The offset of the next unread byte in the whole tar."""
        return self.before + self.at

    def has(self, count: int) -> bool:
        """Read until so many bytes are in memory; return whether there are that many."""
        if len(self.data) - self.at >= count:
            return True
        self.before += self.at
        self.at = 0
        wanted = min(max(count, _AHEAD), self._size - self.before)
        self.data = os.pread(self._descriptor, wanted, self._start + self.before)
        while len(self.data) < count:
            more = os.pread(
                self._descriptor, wanted - len(self.data), self._start + self.before + len(self.data)
            )
            if not more:
                return False
            self.data += more
        return True

    def skip(self, count: int) -> bool:
        """Skip so many bytes, or all that are left; return whether there were that many."""
        left = self._size - self.offset
        self.at += min(count, left)
        return count <= left

    def reach(self, offset: int, count: int) -> bool:
        """Skip to an offset, and read so many bytes into memory; return whether there are that many."""
        if offset + max(count, _AHEAD) > self._size:
            return self.skip(offset - self.offset) and self.has(count)
        self.before, self.at = offset, 0
        self.data = os.pread(self._descriptor, max(count, _AHEAD), self._start + offset)
        return len(self.data) >= count or self.has(count)


class TarReader:
    """Reads member after member, forward.

    A damaged or truncated header is always an error, and never taken for the end.

    Attributes:
        window: the bytes in memory; after `next` it is at the data of the member.
        where: the place, for messages.
        marks: how many of the two blocks of zeros at the end were found; 0 before the end.

    Args:
        window: the tar: v7, ustar, PAX, GNU or star.
        where: the place, for messages.
        bound: the name of the bound on members.
    """

    def __init__(self, window: Window, where: str, bound: str = "tar-entries") -> None:
        self.window = window
        self.marks = 0
        self.where = where
        self._bound, self._most, self._most_names = bound, most(bound), most("tar-names")
        self._count = self._length = 0  # of members, and of their names and targets
        self._at = self._end = 0  # where the next header begins, and where the data before it end
        self._last = b""  # the last member that was read
        self._this = b""  # the one that is being read, once it has a name
        self._pax: dict[bytes, bytes] = {}  # what was read from before the next header
        self._members = self._read()

    def __iter__(self) -> Iterator[TarMember]:
        """Yield the remaining members; unread data of each are skipped.

        Raises:
            MalformedImageError: the tar is cut short, has a header that cannot be read, or exceeds the limits
                on members or names.
        """
        return self._members

    @property
    def header(self) -> tuple[int, int]:
        """The offset of the next header, and that at which the data before it end."""
        return self._at, self._end

    def next(self) -> TarMember | None:
        """Return the next member, or None at the end; raises as iterating does."""
        return next(self._members, None)

    def parts(self, count: int) -> Iterator[tuple[int, int]]:
        """Read so many bytes of the member's data: yield their places in the window, part after part.

        Raises:
            MalformedImageError: they end before.
        """
        window = self.window
        while count:
            if window.at >= len(window.data) and not window.has(1):
                raise self._cut()
            start = window.at
            window.at = min(len(window.data), start + count)
            count -= window.at - start
            yield start, window.at

    def _read(self) -> Iterator[TarMember]:
        try:
            yield from self._whole()
        except EOFError:
            raise self._cut() from None
        except ValueError as error:
            raise MalformedImageError(f"{self.where}: {self._place}{error}") from None
        except OSError as error:
            raise MalformedImageError(f"{self.where}: {error.strerror}") from error

    def _whole(self) -> Iterator[TarMember]:
        """Yield each member with the headers before it that belong to it.

        An image has tens of thousands of headers, and this is what each of them costs: hence one loop.
        """
        window = self.window
        pax: dict[bytes, bytes] = {}
        names: dict[str, bytes] = {}
        while True:
            if self._pax:
                pax, self._pax = self._pax, {}
            at = self._at - window.before
            block = window.data[at : at + BLOCK]
            if len(block) < BLOCK:
                if not self._reach():
                    return
                at = window.at
                block = window.data[at : at + BLOCK]
            if not block[0] and block == _ZEROS:
                window.at = at
                self._finish()
                return
            window.at = at + BLOCK
            self._this = b""
            member = parsed(block, self._at + BLOCK)
            flag = member.flag
            if flag in _BEFORE:
                pax, names = self._extended(member, pax, names)
                continue
            sparse = flag == b"S"
            if pax or names:
                member = overridden(member, pax, names)
                sparse = sparse or is_sparse(pax)
            self._this = member.name
            if sparse:
                member = with_map(member, block, pax, window)
                self._length += _EXTENT * len(member.extents or ())
            if pax or names:
                pax, names = {}, {}
            self._counted(1, len(member.name) + len(member.link))
            self._last = member.name
            self._end = end = member.start + member.stored
            self._at = end + -end % BLOCK
            yield member

    def skimmed(
        self, header: int, end: int, *, count: int, length: int, pax: dict[bytes, bytes], last: bytes
    ) -> None:
        """Go on at a header: what lies before it was read from the window, which is not past it.

        Args:
            header: the offset of the next header.
            end: the offset at which the data before it end, without what fills their last block.
            count: how many members were read.
            length: bytes of their names and targets.
            pax: what was read of the next member from before its header.
            last: the name of the last member that was read.

        Raises:
            ValueError: these are too many, or too long.
        """
        self._at, self._end = header, end
        self._pax = pax
        if count:
            self._this = self._last = last
        self._counted(count, length)

    def _counted(self, count: int, length: int) -> None:
        self._count += count
        self._length += length
        if self._count > self._most:
            raise ValueError(over(self._bound, "it has more than {} entries"))
        if self._length > self._most_names:
            raise ValueError(over("tar-names", "its names take more than {}"))

    def _extended(
        self, member: TarMember, pax: dict[bytes, bytes], names: dict[str, bytes]
    ) -> tuple[dict[bytes, bytes], dict[str, bytes]]:
        """Read a header that belongs to the member after it; return what all of these say."""
        data = self._short(member)
        self._at = self._end = self.window.before + self.window.at
        if member.flag == b"x":
            return pax_records(data), names
        if member.flag == b"g":
            pax_records(data)  # defaults for everything that follows; engines ignore them
            return {}, {}
        return pax, names | {_LONG[member.flag]: data.partition(b"\0")[0]}

    def _reach(self) -> bool:
        """Read the next header into memory; return False if the tar ends there without a mark."""
        window = self.window
        gap = self._at - window.offset
        if gap and not window.skip(gap):
            if window.offset < self._end:
                raise EOFError
            return False  # the data of the last member are not padded, which engines accept
        if not window.has(BLOCK):
            self._this = b""
            if len(window.data) > window.at:
                raise EOFError
            return False
        return True

    def _finish(self) -> None:
        """Read the two blocks of zeros that mark the end."""
        window = self.window
        window.at += BLOCK
        self.marks = 1
        self._this = b""
        if window.has(BLOCK):
            if window.data[window.at : window.at + BLOCK] != _ZEROS:
                raise ValueError("more data follow a single block of zeros, where two mark the end")
            window.at += BLOCK
            self.marks = 2
        self._at = self._end = window.offset

    def _short(self, member: TarMember) -> bytes:
        if member.stored > MOST_EXTENDED:
            raise ValueError("an extended header or a name is larger than 1 MiB")
        window = self.window
        padded = member.stored + -member.stored % BLOCK
        if not window.has(padded):
            raise EOFError
        data = window.data[window.at : window.at + member.stored]
        window.at += padded
        return data

    def _cut(self) -> MalformedImageError:
        if self._this:
            place = f" in the middle of {shown(self._this)}"
        else:
            place = f" behind {shown(self._last)}" if self._last else ""
        return MalformedImageError(f"{self.where}: it ends too early{place}")

    @property
    def _place(self) -> str:
        if self._this:
            return f"{shown(self._this)}: "
        if self._last:
            return f"at byte {self._at}, behind {shown(self._last)}: "
        return "it is not a tar that can be read: "
