"""Compressed data, unpacked within bounds: gzip, zstd, xz and bzip2.

Data come in pieces and leave in pieces; memory use depends neither on the length of the pieces nor on what
the data claim about themselves. All consecutive members, frames and streams are read.

The last one may be followed by what the tools of each format accept (tried: gzip 1.12, bzip2 1.0, xz 5.4,
zstd 1.5): zeros after gzip and bzip2, zeros in fours after xz, nothing after zstd. gzip and bzip2 ignore
anything else with a warning; here it is an error, as in the packages of Go, which engines use.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import deflate as libdeflate
import zstandard

from nixdive.bounds import most, over
from nixdive.errors import NixdiveError
from nixdive.magic import HEAD, sniff

try:
    from isal import isal_zlib as deflate
except ImportError:  # no wheel for this machine
    import zlib as deflate  # type: ignore[no-redef]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

_MIB = 1 << 20
_BITE = 1 << 16  # bytes that a decompressor gets at once; what it leaves is copied, member after member
_MORSEL = 1024
_START = 10  # bytes with which a gzip member begins; the same in all members that one program writes
_GZIP = b"\x1f\x8b\x08"  # with which every gzip member begins
_SEGMENT = 1 << 18  # packed bytes that are worth a thread's attention
_LONGEST = 1 << 22  # a member of more packed bytes is unpacked as it comes
_MOST_AHEAD = 1 << 23  # unpacked bytes of a segment
_AHEAD = 8  # segments
# the bounds on what decompressors keep in memory, and what those say that need more
_HUNGRY = {"zstd": ("zstd-window", "too much memory"), "xz": ("xz-memory", "Memory usage limit")}
_DAMAGED: tuple[Any, ...] = (
    zlib.error,
    deflate.error,
    zstandard.ZstdError,
    lzma.LZMAError,
    OSError,  # of bzip2
    EOFError,
    ValueError,
)


def unpacked(
    pieces: Iterable[bytes],
    name: str,
    error: Callable[[str], NixdiveError],
    bound: str | None = None,
    pool: Executor | None = None,
    *,
    zeros: Callable[[NixdiveError], object] | None = None,
) -> Iterator[bytes]:
    """Yield the unpacked data, in pieces of at most 33 MiB; nearly all have 1 MiB or less.

    Args:
        pieces: the packed data, in pieces of any length.
        name: the compression, as `sniff` returns it; "none" passes the pieces on unchanged.
        error: makes the error to raise from a cause; it adds the place.
        bound: the name of the bound on unpacked bytes, in addition to the one on their ratio to packed ones.
        pool: shares the work of gzip data that consist of several members. The caller must not be one of its
            threads, and has to ask for all pieces, or close the iterator, before the pool is shut down.
        zeros: is given the error that zeros behind the data, or between their members, are to Go's gzip, with
            which engines read; `refuse` raises it. Without this function they are passed over.

    Raises:
        NixdiveError: what `error` made: the data are damaged, end too early, are followed by something else,
            or unpack to more than they may.
    """
    if name == "none":
        yield from pieces
        return
    stream = _Stream(name, error, zeros)
    given = taken = 0
    limit = None if bound is None else most(bound)
    ratio = most("ratio")

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for piece in pieces:
            taken += len(piece)
            yield piece

    if pool is not None and name == "gzip":
        outs = _shared(counted(), stream, pool)
    else:
        outs = chain.from_iterable(map(stream.feed, counted()))
    for out in outs:
        given += len(out)
        if bound is not None and limit is not None and given > limit:
            raise error(over(bound, "it unpacks to more than {}"))
        if given > ratio * taken + 16 * _MIB:
            raise error(over("ratio", f"its {name} data unpack to more than {{}} times their size"))
        yield out
    stream.finish()


def refuse(error: NixdiveError) -> NoReturn:
    """Raise an error."""
    raise error


def _shared(pieces: Iterable[bytes], stream: _Stream, pool: Executor) -> Iterator[bytes]:
    """Yield what gzip data unpack to; a pool unpacks what seems to be whole members ahead.

    What the pool has unpacked counts only if it begins where the member before it has ended, and ends where
    the next one begins. All else goes through the stream, which knows what is wrong with it.
    """
    waiting: deque[tuple[bytes, Future[list[bytes] | None] | None]] = deque()

    def first() -> Iterable[bytes]:
        data, ahead = waiting.popleft()
        found = None
        if ahead is not None and stream.at_start:
            found = ahead.result()
        elif ahead is not None:
            ahead.cancel()
        if found is None:
            return stream.feed(data)
        stream.passed()
        return found

    try:
        for data, whole in _segments(pieces):
            waiting.append((data, pool.submit(_members, data, stream.zeros is not None) if whole else None))
            while waiting and (len(waiting) > _AHEAD or waiting[0][1] is None):
                yield from first()
        while waiting:
            yield from first()
    finally:
        for _, ahead in waiting:
            if ahead is not None:
                ahead.cancel()


def _segments(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Cut gzip data where members seem to begin, and say of each part whether it seems to be whole members.

    A member seems to begin where the first bytes of all data are repeated.
    """
    held, looked, pieces = b"", 0, iter(pieces)
    for piece in pieces:
        held += piece
        start, found = 0, held.find(held[:_START], max(_SEGMENT, looked))
        while found >= 0:
            yield held[start:found], True
            start, found = found, held.find(held[:_START], found + _SEGMENT)
        held = held[start:]
        looked = len(held) - _START + 1
        if len(held) > _LONGEST:
            yield held, False
            yield from ((rest, False) for rest in pieces)
            return
    if held:
        yield held, True


def _members(data: bytes, only: bool) -> list[bytes] | None:  # noqa: FBT001  for `submit`
    """Return what whole gzip members unpack to; None if they are not whole, or are damaged or too large.

    With `only`, also None if there is anything but members.
    """
    if not only and (plain := _plain_members(data)) is not None:
        return plain
    stream, found, size = _Stream("gzip", NixdiveError, refuse if only else None), [], 0
    try:
        for out in stream.feed(data):
            found.append(out)
            size += len(out)
            if size > _MOST_AHEAD:
                return None
    except NixdiveError:
        return None
    return found if stream.at_start else None


def _plain_members(data: bytes) -> list[bytes] | None:
    """Return what gzip members unpack to that begin alike, by the quickest library; None if it may be others.

    libdeflate unpacks a whole member into memory of a known size, and does not tell where the member has
    ended. So nothing with which a second one can begin may be in it; zeros or noise behind it are no length.
    A length that was copied there is not noticed, but engines find no more files in such data.
    """
    found, size, start, end = [], 0, 0, len(data)
    while start < end:
        stop = data.find(_GZIP, start + 1) % (end + 1)  # the end where there is none
        if stop < end and not data.startswith(data[:_START], stop):
            return None
        length = int.from_bytes(data[stop - 4 : stop], "little")
        size += length
        if not length or size > _MOST_AHEAD:
            return None
        try:
            out = libdeflate.gzip_decompress(memoryview(data)[start:stop], length)
        except libdeflate.DeflateError:
            return None
        if len(out) != length:
            return None
        start = stop
        found.append(bytes(out))
    return found


class _Stream:
    """Unpacks data piece by piece: one member, frame or stream after another."""

    def __init__(
        self,
        name: str,
        error: Callable[[str], NixdiveError],
        zeros: Callable[[NixdiveError], object] | None = None,
    ) -> None:
        self.zeros = zeros
        self._name = name
        self._kind = _KINDS[name]
        self._error = error
        self._part: Any = self._kind.begin()
        self._zeros = 0
        self._begun = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield what the next piece of packed data unpacks to."""
        self._begun = self._begun or bool(piece)
        for start in range(0, len(piece), _BITE):
            rest = piece[start : start + _BITE]
            while rest:
                if self._part is None and not (rest := self._next(rest)):
                    break
                part = self._part
                yield from self._unpacked(part, rest)
                rest = part.unused_data if part.eof else b""
                if part.eof:
                    self._part = None

    @property
    def at_start(self) -> bool:
        """Whether what comes next begins a member, frame or stream, if anything comes."""
        return self._part is None or not self._begun

    def passed(self) -> None:
        """Go on behind some whole members that were unpacked elsewhere."""
        self._part, self._zeros, self._begun = None, 0, True

    def finish(self) -> None:
        """Raise an error if the data are incomplete."""
        if self._part is not None:
            raise self._error(f"its {self._name} data end too early")
        if self._zeros % max(self._kind.padding, 1):
            raise self._error(self._other)

    @property
    def _other(self) -> str:
        return f"its {self._name} data are followed by something else"

    def _next(self, rest: bytes) -> bytes:
        """Begin the next part after any zeros; return what is left of the bite."""
        begins = rest.lstrip(b"\0") if self._kind.padding else rest
        self._zeros += len(rest) - len(begins)
        if self._zeros and self.zeros is not None:
            said = f"its {self._name} data are followed by zeros, which podman and skopeo refuse"
            self.zeros(self._error(said))
        if begins:
            other = len(begins) >= HEAD and sniff(begins) != self._name
            if other or self._zeros % max(self._kind.padding, 1):
                raise self._error(self._other)
            self._part, self._zeros = self._kind.begin(), 0
        return begins

    def _unpacked(self, part: Any, rest: bytes) -> Iterator[bytes]:
        while True:
            try:
                out = part.decompress(rest, _MIB)
            except _DAMAGED as cause:
                bound, said = _HUNGRY.get(self._name, ("", ""))
                if bound and said in str(cause):
                    raise self._error(over(bound, f"its {self._name} data need more than {{}}")) from cause
                raise self._error(f"its {self._name} data are damaged: {cause}") from cause
            if out:
                yield out
            if part.eof or part.needs_input:
                return
            rest = b""


class _Deflate:
    """Unpacks one gzip member, in the shape of the standard library's other decompressors."""

    def __init__(self) -> None:
        self._stream = deflate.decompressobj(31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return bool(self._stream.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._stream.unused_data)

    def decompress(self, data: bytes, most: int) -> bytes:
        out: bytes = self._stream.decompress(self._stream.unconsumed_tail + data, most)
        self.needs_input = len(out) < most
        return out


class _Zstandard:
    """Unpacks one zstd frame.

    Only the input bounds what one call of zstandard returns: four bytes can unpack to 128 KiB. So it gets
    one KiB at a time, for 32 MiB at most.
    """

    def __init__(self) -> None:
        self._stream = zstandard.ZstdDecompressor(max_window_size=most("zstd-window")).decompressobj()
        self._tail = b""

    @property
    def eof(self) -> bool:
        return bool(self._stream.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._stream.unused_data) + self._tail

    @property
    def needs_input(self) -> bool:
        return not self._tail

    def decompress(self, data: bytes, most: int) -> bytes:
        data = self._tail + data
        found, at = [], 0
        while at < len(data) and most > 0 and not self._stream.eof:
            found.append(self._stream.decompress(data[at : at + _MORSEL]))
            most -= len(found[-1])
            at += _MORSEL
        self._tail = data[at:]
        return b"".join(found)


class _Kind(NamedTuple):
    """A compression.

    Attributes:
        begin: makes the decompressor of one member, frame or stream.
        padding: zeros between and after the parts come in multiples of so many bytes; 0 allows none.
    """

    begin: Callable[[], Any]
    padding: int


_KINDS = {
    "gzip": _Kind(_Deflate, 1),
    "zstd": _Kind(_Zstandard, 0),
    "xz": _Kind(lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, most("xz-memory")), 4),
    "bzip2": _Kind(bz2.BZ2Decompressor, 1),
}
