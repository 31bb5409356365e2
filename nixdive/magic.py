"""Compressions, recognised by how their data begin."""

from __future__ import annotations

HEAD = 6
"""Bytes that are enough to recognise every compression."""

_MAGIC = {
    "gzip": b"\x1f\x8b",
    "zstd": b"\x28\xb5\x2f\xfd",
    "xz": b"\xfd7zXZ\x00",
    "bzip2": b"BZh",
}
_SKIPPABLE = b"\x2a\x4d\x18"  # behind 0x50 to 0x5f: a zstd frame without data (RFC 8878, 3.1.2)
_UNSUPPORTED = {
    "lz4": b"\x04\x22\x4d\x18",
    "lzip": b"LZIP",
    "lzma": b"\x5d\x00\x00",
    "lzop": b"\x89LZO",
    "compress": b"\x1f\x9d",
    "snappy": b"\xff\x06\x00\x00sN",
}


def sniff(head: bytes) -> str:
    """Return the compression that the first six bytes show: none, gzip, zstd, xz or bzip2."""
    if head[1:4] == _SKIPPABLE and head[0] >> 4 == 5:
        return "zstd"
    return _named(head, _MAGIC) or "none"


def unsupported(head: bytes) -> str | None:
    """Return the compression that cannot be unpacked here, if the first bytes are like those of one.

    They are no proof: a tar may begin with the same bytes.
    """
    return _named(head, _UNSUPPORTED)


def _named(head: bytes, kinds: dict[str, bytes]) -> str | None:
    return next((name for name, magic in kinds.items() if head.startswith(magic)), None)
