"""Closure files that came compressed, unpacked within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from typing import TYPE_CHECKING, NamedTuple

import zstandard

from nixdive.errors import MalformedGraphError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_BYTES = 1 << 27  # a closure of 200 000 paths is smaller, and reading it takes a few times as much memory
_MOST_MEMORY = 1 << 28  # for an xz dictionary; xz -9 needs 65 MiB
_LARGEST_WINDOW = 1 << 27  # what zstd --long asks for
_PIECE = 1 << 20
_ZSTD_PIECE = 1 << 10  # three bytes can stand for a block of 128 KiB, so this much for 44 MiB


def unpacked(data: bytes, origin: str, most: int = MOST_BYTES) -> bytes:
    """Return the data unpacked, or as they are where they are not compressed.

    Args:
        data: a whole file; gzip, xz, zstd and bzip2 are told by their first bytes, and may be of several
            parts.
        origin: what the user named, for messages.
        most: the number of bytes that the data may unpack to.

    Raises:
        MalformedGraphError: the data are damaged or cut short, or there are more than `most`.
    """
    kind = _kind(data)
    if kind is None:
        return data
    name = kind.name
    found = bytearray()
    try:
        for piece in kind.unpack(data):
            found += piece
            if len(found) > most:
                raise MalformedGraphError(origin, None, f"it unpacks to more than {most >> 20} MiB")
    except EOFError:
        raise MalformedGraphError(origin, None, f"its {name} stream is cut short") from None
    except (zlib.error, OSError, lzma.LZMAError, zstandard.ZstdError) as error:  # OSError: of gzip and bzip2
        raise MalformedGraphError(origin, None, f"its {name} stream is damaged ({error})") from None
    return bytes(found)


def _gzip(data: bytes) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _xz(data: bytes) -> Iterator[bytes]:
    return _streams(data, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY))


def _bzip2(data: bytes) -> Iterator[bytes]:
    return _streams(data, bz2.BZ2Decompressor)


def _streams(
    data: bytes, decompressor: Callable[[], lzma.LZMADecompressor | bz2.BZ2Decompressor]
) -> Iterator[bytes]:
    while data:
        stream = decompressor()
        yield stream.decompress(data, _PIECE)
        while not stream.eof:
            if stream.needs_input:
                raise EOFError
            yield stream.decompress(b"", _PIECE)
        data = stream.unused_data.lstrip(b"\0")


def _zstd(data: bytes) -> Iterator[bytes]:
    unpacker = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
    stream = unpacker.decompressobj()
    rest = b""
    for start in range(0, len(data), _ZSTD_PIECE):
        rest += data[start : start + _ZSTD_PIECE]
        while rest:
            if stream.eof:
                stream = unpacker.decompressobj()
            yield stream.decompress(rest)
            rest = stream.unused_data if stream.eof else b""
    if not stream.eof:
        raise EOFError


class _Kind(NamedTuple):
    name: str
    unpack: Callable[[bytes], Iterator[bytes]]


def _kind(data: bytes) -> _Kind | None:
    return next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), None)


_KINDS = {
    b"\x1f\x8b": _Kind("gzip", _gzip),
    b"\xfd7zXZ\0": _Kind("xz", _xz),
    b"\x28\xb5\x2f\xfd": _Kind("zstd", _zstd),
    b"BZh": _Kind("bzip2", _bzip2),
}
