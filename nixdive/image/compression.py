"""How blobs are compressed: in pieces of a fixed size, so that threads can share the work.

The bytes depend on the library and its version, never on the number of threads.
"""

from __future__ import annotations

from typing import Protocol

import zstandard

from nixdive.errors import UnknownNameError

try:
    from isal import isal_zlib as deflate

    _GZIP_LEVEL = 2
except ImportError:  # no wheel for this machine
    import zlib as deflate  # type: ignore[no-redef]

    _GZIP_LEVEL = 4

_MIB = 1 << 20
LOOK_BACK = 1 << 15  # how far deflate looks back


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
