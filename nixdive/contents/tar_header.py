"""The header of a tar member: 512 bytes as ustar, PAX, GNU tar and star lay them out (POSIX pax, GNU tar)."""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import NamedTuple
from zlib import adler32

BLOCK = 512
_FIELDS = Struct("100s8s8s8s12s12s8sc100s8s80s155s8s4s")
_ADLER = 65_521
_MOST = 1 << 63


class TarHeader(NamedTuple):
    """What a header says, nothing of it believed yet.

    Attributes:
        name: as it stands there, prefix included.
        flag: one byte, what the member is.
        mode: permission bits.
        uid: number of the owner.
        gid: number of the group.
        size: bytes of data behind it.
        mtime: seconds since 1970.
        link: where a link leads.
    """

    name: bytes
    flag: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    link: bytes


def parsed(data: bytes, at: int) -> TarHeader:
    """Return the header at a place; raises ValueError with the cause where there is none."""
    name, mode, uid, gid, size, mtime, checksum, flag, link, magic, _, prefix, _, trailer = (
        _FIELDS.unpack_from(data, at)
    )
    _check(data, at, checksum)
    if magic[:6] == b"ustar\0" and prefix[0]:
        prefix = prefix[:131] if trailer == b"tar\0" else prefix  # star keeps times behind it
        name = prefix.partition(b"\0")[0] + b"/" + name
    length = _number(size)
    if length < 0:
        raise ValueError("its size is negative")
    return TarHeader(
        name.partition(b"\0")[0],
        flag,
        _known(mode) & 0o7777,
        _known(uid),
        _known(gid),
        length,
        _known(mtime),
        link.partition(b"\0")[0],
    )


def _check(data: bytes, at: int, checksum: bytes) -> None:
    try:
        stated = _number(checksum)
    except ValueError:
        stated = -1
    block = data[at : at + 148] + b" " * 8 + data[at + 156 : at + BLOCK]
    # the lower half of Adler-32 is one more than the sum of the bytes
    if adler32(block) & 0xFFFF == (1 + stated) % _ADLER:
        return
    if sum(byte - ((byte & 0x80) << 1) for byte in block) != stated:  # some old tars added signed bytes
        raise ValueError("a header's checksum is wrong")


def _number(field: bytes) -> int:
    """Return a number in octal digits, or in GNU's base 256."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
        if field[0] & 0x40:
            value -= 1 << (8 * len(field) - 1)
        if not -_MOST < value < _MOST:
            raise ValueError("a number in a header is too big")
        return value
    digits = field.strip(b" \0").partition(b"\0")[0].rstrip(b" ")
    if not digits:
        return 0
    if not digits.isdigit():
        raise ValueError("a number in a header has other signs than digits")
    return int(digits, 8)


_known = lru_cache(maxsize=4096)(_number)  # owners, modes and times repeat


def pax_records(data: bytes) -> dict[bytes, bytes]:
    """Return the records of an extended header by keyword; raises ValueError with the cause."""
    records = {}
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 20)
        length = data[at:space] if space > at else b""
        if not length.isdigit():
            if not data[at:].strip(b"\0"):
                break
            raise ValueError("an extended header has no length where one should stand")
        end = at + int(length)
        keyword, equals, value = data[space + 1 : end - 1].partition(b"=")
        if end > len(data) or end <= space or not equals or data[end - 1] != 0x0A:
            raise ValueError("a record of an extended header is not as long as it says")
        records[keyword] = value
        at = end
    return records


def pax_number(value: bytes) -> int:
    """Return a number of a record in whole units, rounded down; raises ValueError."""
    whole, _, fraction = value.partition(b".")
    digits = whole.removeprefix(b"-")
    if not digits.isdigit() or len(digits) > 19 or (fraction and not fraction.isdigit()):
        raise ValueError("a number of an extended header is none")
    number = int(whole)
    return number - 1 if whole.startswith(b"-") and fraction.strip(b"0") else number
