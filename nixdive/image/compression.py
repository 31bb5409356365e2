"""How blobs are compressed: in pieces of a fixed size, so that threads can share the work.

The bytes depend on the library and its version, never on the number of threads.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Any, Protocol

import zstandard

from nixdive.errors import MalformedImageError, UnknownNameError

try:
    from isal import isal_zlib as deflate

    _GZIP_LEVEL = 2
except ImportError:  # no wheel for this machine
    import zlib as deflate  # type: ignore[no-redef]

    _GZIP_LEVEL = 4

if TYPE_CHECKING:
    from collections.abc import Iterator

_MIB = 1 << 20
LOOK_BACK = 1 << 15  # how far deflate looks back
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ\x00": "xz", b"BZh": "bzip2"}
# more than any real layer reaches; deflate itself cannot do better than 1032
_MOST_RATIO = 20_000
_DAMAGED: tuple[Any, ...] = (
    zlib.error,
    deflate.error,
    zstandard.ZstdError,
    lzma.LZMAError,
    OSError,
    EOFError,
    ValueError,
)


class Compression(Protocol):
    """One way to compress; what it makes of the pieces, joined, is the blob."""

    name: str
    piece: int

    def begin(self) -> bytes:
        """Return what comes before the first piece."""

    def compress(self, piece: memoryview, before: bytes) -> bytes:
        """Compress one piece, knowing the last 32 KiB before it; called from any thread."""

    def end(self, crc: int, size: int) -> bytes:
        """Return what comes after the last piece: of data with this CRC-32 and size."""


class Gzip:
    """One gzip member without name and time, its deflate stream flushed after every piece (RFC 1952)."""

    name = "gzip"
    piece = _MIB

    def begin(self) -> bytes:
        """Return the header: deflate, no flags, time 0, an unknown system."""
        return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

    def compress(self, piece: memoryview, before: bytes) -> bytes:
        """Return deflate blocks that end on a byte; they may refer to the 32 KiB before them."""
        if before:
            stream = deflate.compressobj(_GZIP_LEVEL, deflate.DEFLATED, -15, zdict=before)
        else:
            stream = deflate.compressobj(_GZIP_LEVEL, deflate.DEFLATED, -15)
        packed: bytes = stream.compress(piece) + stream.flush(deflate.Z_SYNC_FLUSH)
        return packed

    def end(self, crc: int, size: int) -> bytes:
        """Return an empty last block, the checksum and the size."""
        return b"\x03\x00" + crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")


class Zstd:
    """One zstd frame for each piece (RFC 8878: frames may follow each other)."""

    name = "zstd"
    piece = 4 * _MIB

    def __init__(self, level: int = 3) -> None:
        self._level = level

    def begin(self) -> bytes:
        """Return nothing: every frame has its own header."""
        return b""

    def compress(self, piece: memoryview, before: bytes) -> bytes:  # noqa: ARG002  frames know nothing of each other
        """Return one frame."""
        return zstandard.ZstdCompressor(level=self._level).compress(piece)

    def end(self, crc: int, size: int) -> bytes:  # noqa: ARG002  every frame ends itself
        """Return nothing, or an empty frame where there was no piece."""
        return b"" if size else zstandard.ZstdCompressor(level=self._level).compress(b"")


def compression(text: str) -> Compression | None:
    """Return the compression that none, gzip, zstd or zstd:LEVEL names; None for none.

    Raises UnknownNameError for any other name or level.
    """
    name, colon, level = text.partition(":")
    if name == "zstd" and not colon:
        return Zstd()
    if name == "zstd" and level.isdecimal() and 1 <= int(level) <= 22:
        return Zstd(int(level))
    if text == "gzip":
        return Gzip()
    if text == "none":
        return None
    raise UnknownNameError("compression", text, ("none", "gzip", "zstd", "zstd:1 to zstd:22"))


def crc32(data: memoryview, value: int) -> int:
    """Return the CRC-32 of what had this value, followed by the data."""
    found: int = deflate.crc32(data, value)
    return found


def sniff(head: bytes) -> str:
    """Return the compression that data shows in its first six bytes: none, gzip, zstd, xz or bzip2."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "none")


def unpacked(packed: Iterator[bytes], name: str, where: str) -> Iterator[bytes]:  # noqa: C901  one loop
    """Decompress a stream, several members or frames after each other included.

    What it yields is bounded: pieces of a MiB or so, and all together no more than 20 000 times what went in.

    Raises MalformedImageError where the data are damaged, end too early, or swell beyond that.
    """
    if name == "none":
        yield from packed
        return
    taken = given = 0
    stream = None
    try:
        for data in packed:
            taken += len(data)
            rest = data
            while rest or (stream is not None and not stream.eof and not _hungry(stream)):
                if stream is None or stream.eof:
                    if stream is not None and not rest.strip(b"\0"):
                        break  # padding after the last member
                    stream = _decompressor(name)
                before = len(rest)
                out, rest = _step(stream, rest)
                given += len(out)
                if given > _MOST_RATIO * taken + 16 * _MIB:
                    raise MalformedImageError(f"{where}: {name} data swell more than {_MOST_RATIO} times")
                if out:
                    yield out
                elif before and len(rest) == before:
                    raise MalformedImageError(f"{where}: damaged {name} data")
        if stream is not None and not stream.eof and hasattr(stream, "flush"):
            yield stream.flush()
    except _DAMAGED as error:
        raise MalformedImageError(f"{where}: damaged {name} data: {error}") from error
    if stream is not None and not stream.eof:
        raise MalformedImageError(f"{where}: the {name} data end too early")


class _Zstandard:
    """Decompresses one frame, in the shape of the standard library's decompressors.

    zstandard has no bound on what one call gives, but a block gives at most 128 KiB and needs three bytes,
    so that small bites of input bound the output.
    """

    def __init__(self) -> None:
        self._stream = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return bool(self._stream.eof)

    def bite(self, data: bytes) -> tuple[bytes, bytes]:
        size = 1 << 16
        out = self._stream.decompress(data[:size])
        return out, bytes(self._stream.unused_data) + data[size:]


def _decompressor(name: str) -> Any:
    if name == "gzip":
        return deflate.decompressobj(31)
    if name == "zstd":
        return _Zstandard()
    return lzma.LZMADecompressor(memlimit=1 << 30) if name == "xz" else bz2.BZ2Decompressor()


def _hungry(stream: Any) -> bool:
    return bool(getattr(stream, "needs_input", True))


def _step(stream: Any, data: bytes) -> tuple[bytes, bytes]:
    if isinstance(stream, _Zstandard):
        return stream.bite(data)
    if isinstance(stream, lzma.LZMADecompressor | bz2.BZ2Decompressor):
        out = stream.decompress(data, _MIB)
        return out, stream.unused_data
    out = stream.decompress(data, _MIB)
    return out, stream.unused_data if stream.eof else stream.unconsumed_tail
