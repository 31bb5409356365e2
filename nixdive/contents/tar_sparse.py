"""Sparse files in a tar: where their data are, as GNU tar records it in the header or before the data.

There is an old format, and there are three in PAX records: 0.0, 0.1 and 1.0 (GNU tar manual, Sparse Formats).
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from nixdive.contents.tar_header import BLOCK, MOST_EXTENDED, TarMember, number, pax_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.contents.entry import Extents
    from nixdive.contents.tar import Window

_GNU = b"ustar  \0"
_PAIR = Struct("12s12s")
_MOST_NUMBERS = MOST_EXTENDED // _PAIR.size
_MOST_SIZE = 1 << 63


def is_sparse(pax: Mapping[bytes, bytes]) -> bool:
    """Whether records mark a file as sparse in a known format; Go treats others as plain files."""
    version = (pax.get(b"GNU.sparse.major", b""), pax.get(b"GNU.sparse.minor", b""))
    if version == (b"", b""):
        return bool(pax.get(b"GNU.sparse.map"))
    return version in {(b"0", b"0"), (b"0", b"1"), (b"1", b"0")}


def with_map(member: TarMember, block: bytes, pax: Mapping[bytes, bytes], window: Window) -> TarMember:
    """Return a sparse file with its own name and size, and where its data are.

    Args:
        member: its header.
        block: the header.
        pax: the records that belong to it.
        window: after the header; it is moved to the data.

    Raises:
        ValueError: the map cannot be read, or does not fit the data.
        EOFError: the tar ends before.
    """
    stored = member.stored
    if member.flag == b"S":
        if block[257:265] != _GNU:
            raise ValueError("it is a sparse file, but the tar is not in GNU's format")
        size = number(block[483:495])
        numbers = _old_map(block, window)
    else:
        size = pax_number(pax.get(b"GNU.sparse.size") or pax.get(b"GNU.sparse.realsize") or b"")
        if pax.get(b"GNU.sparse.major") == b"1":
            numbers = _map_before_data(stored, window)
            stored -= window.offset - member.start
        else:
            numbers = [one for one in pax.get(b"GNU.sparse.map", b"").split(b",") if one]
        member = member._replace(name=pax.get(b"GNU.sparse.name") or member.name)
    extents = _extents(numbers, size, stored)
    return member._replace(size=size, start=window.offset, stored=stored, extents=extents)


def _old_map(block: bytes, window: Window) -> list[bytes]:
    """Read four pairs in the header, and 21 in each block that follows."""
    numbers, more = _pairs(block, 386, 4), block[482]
    while more:
        if len(numbers) > _MOST_NUMBERS:
            raise ValueError("the map of a sparse file is larger than 1 MiB")
        if not window.has(BLOCK):
            raise EOFError
        block = window.data[window.at : window.at + BLOCK]
        window.at += BLOCK
        numbers += _pairs(block, 0, 21)
        more = block[504]
    return numbers


def _pairs(block: bytes, start: int, count: int) -> list[bytes]:
    numbers: list[bytes] = []
    for at in range(start, start + count * _PAIR.size, _PAIR.size):
        offset, length = _PAIR.unpack_from(block, at)
        if not offset[0]:
            break
        numbers += (b"%d" % number(offset), b"%d" % number(length))
    return numbers


def _map_before_data(stored: int, window: Window) -> list[bytes]:
    """Read a count, then offsets and lengths, a line each, in whole blocks."""
    text = bytearray()
    lines, wanted = 0, 1
    while lines < wanted:
        if len(text) >= min(stored, MOST_EXTENDED):
            raise ValueError("the map of a sparse file cannot be read")
        if not window.has(BLOCK):
            raise EOFError
        text += window.data[window.at : window.at + BLOCK]
        window.at += BLOCK
        lines += text.count(b"\n", -BLOCK)
        if wanted == 1 and lines:
            count = bytes(text).partition(b"\n")[0]
            if not count.isdigit() or len(count) > 7:
                raise ValueError("the map of a sparse file cannot be read")
            wanted += 2 * int(count)
    return bytes(text).split(b"\n")[1:wanted]


def _extents(numbers: Sequence[bytes], size: int, stored: int) -> Extents:
    """Return the extents in a map of offset, bytes, offset, bytes, checked."""
    if len(numbers) % 2 or not all(one.isdigit() and len(one) < 20 for one in numbers):
        raise ValueError("the map of a sparse file cannot be read")
    values = list(map(int, numbers))
    extents = tuple(zip(values[::2], values[1::2], strict=True))
    end = 0
    for start, length in extents:
        if start < end:
            raise ValueError("the map of a sparse file is out of order")
        end = start + length
    if not end <= size < _MOST_SIZE or sum(length for _, length in extents) != stored:
        raise ValueError("the map of a sparse file does not fit its data")
    return tuple(one for one in extents if one[1])
