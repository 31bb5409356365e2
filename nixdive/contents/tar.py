"""Reading a tar: member after member, each with all headers that belong to it and the offset of its data.

The tar comes in pieces, once, or is in a file, where data that are not needed are never read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

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
# more than any image has, few enough to keep in memory
_MOST_MEMBERS = 2_000_000
_MOST_NAMES = 256 << 20
_LONG = {b"L": "name", b"K": "link"}  # members of GNU tar that contain a field of the next one
_EXTENT = 100  # bytes of memory for one extent of a sparse file


class Window(Protocol):
    """The bytes of a tar that are in memory.

    Attributes:
        data: the bytes in memory.
        at: the offset of the next unread one in them; past their end if bytes were skipped.
    """

    data: bytes
    at: int

    @property
    def offset(self) -> int:
        """The offset of the next unread byte in the whole tar."""

    def has(self, count: int) -> bool:
        """Read until so many bytes are in memory; return whether there are that many."""

    def skip(self, count: int) -> bool:
        """Skip so many bytes, or all that are left; return whether there were that many."""


class Pieces:
    """A tar that comes in pieces of any length and is read forward once."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.data = b""
        self.at = 0
        self._before = 0
        self._pieces = iter(pieces)

    @property
    def offset(self) -> int:
        """The offset of the next unread byte in the whole tar."""
        return self._before + self.at

    def has(self, count: int) -> bool:
        """Read until so many bytes are in memory; return whether there are that many."""
        while len(self.data) - self.at < count:
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._before += self.at
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
        self._before = 0
        self._descriptor = descriptor
        self._start = start
        self._size = size

    @property
    def offset(self) -> int:
        """The offset of the next unread byte in the whole tar."""
        return self._before + self.at

    def has(self, count: int) -> bool:
        """Read until so many bytes are in memory; return whether there are that many."""
        if len(self.data) - self.at >= count:
            return True
        self._before += self.at
        self.at = 0
        wanted = min(max(count, _AHEAD), self._size - self._before)
        self.data = os.pread(self._descriptor, wanted, self._start + self._before)
        while len(self.data) < count:
            more = os.pread(
                self._descriptor, wanted - len(self.data), self._start + self._before + len(self.data)
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
        most: the limit on members.
    """

    def __init__(self, window: Window, where: str, most: int = _MOST_MEMBERS) -> None:
        self.window = window
        self.marks = 0
        self.where = where
        self._most = most
        self._count = self._names = 0
        self._at = self._end = 0  # where the next header begins, and where the data before it end
        self._last = b""  # the last member that was read
        self._this = b""  # the one that is being read, once it has a name

    def __iter__(self) -> Iterator[TarMember]:
        """Yield the remaining members."""
        while (member := self.next()) is not None:
            yield member

    def next(self) -> TarMember | None:
        """Return the next member, or None at the end; unread data of the last one are skipped.

        Raises:
            MalformedImageError: the tar is cut short, has a header that cannot be read, or exceeds the limits
                on members or names.
        """
        try:
            return self._member()
        except EOFError:
            raise self._cut() from None
        except ValueError as error:
            raise MalformedImageError(f"{self.where}: {self._place}{error}") from None
        except OSError as error:
            raise MalformedImageError(f"{self.where}: {error.strerror}") from error

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

    def _member(self) -> TarMember | None:
        window = self.window
        gap = self._at - window.offset
        if gap and not window.skip(gap):
            if window.offset < self._end:
                raise EOFError
            return None  # the data of the last member are not padded, which engines accept
        self._this = b""
        member = self._with_extensions()
        if member is None:
            return None
        self._count += 1
        self._names += len(member.name) + len(member.link)
        if member.extents:
            self._names += _EXTENT * len(member.extents)
        if self._count > self._most:
            raise ValueError(f"it has more than {self._most} entries")
        if self._names > _MOST_NAMES:
            raise ValueError(f"its names take more than {_MOST_NAMES >> 20} MiB")
        self._last = member.name
        self._end = member.start + member.stored
        self._at = self._end + -self._end % BLOCK
        return member

    def _with_extensions(self) -> TarMember | None:
        """Read a header with those before it that belong to it; None at the end."""
        window = self.window
        pax: dict[bytes, bytes] = {}
        names: dict[str, bytes] = {}
        while self._is_header():
            data, at = window.data, window.at
            window.at = at + BLOCK
            member = parsed(data, at, window.offset)
            flag = member.flag
            if flag == b"x":
                pax = pax_records(self._short(member))
            elif flag == b"g":
                pax_records(self._short(member))  # defaults for everything that follows; engines ignore them
                pax, names = {}, {}
            elif flag in _LONG:
                names[_LONG[flag]] = self._short(member).partition(b"\0")[0]
            else:
                if pax or names:
                    member = overridden(member, pax, names)
                self._this = member.name
                sparse = flag == b"S" or (pax and is_sparse(pax))
                return with_map(member, data[at : at + BLOCK], pax, window) if sparse else member
        return None

    def _is_header(self) -> bool:
        """Read a header into memory; return False at the end."""
        window = self.window
        if not window.has(BLOCK):
            if len(window.data) > window.at:
                raise EOFError
            return False
        at = window.at
        if window.data[at] or window.data[at : at + BLOCK] != _ZEROS:
            self._at = window.offset
            return True
        window.at += BLOCK
        self.marks = 1
        if window.has(BLOCK):
            if window.data[window.at : window.at + BLOCK] != _ZEROS:
                raise ValueError("more data follow a single block of zeros, where two mark the end")
            window.at += BLOCK
            self.marks = 2
        self._at = self._end = window.offset
        return False

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
