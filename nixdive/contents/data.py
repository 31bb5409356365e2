"""Data of files that are opened unbuffered: a read may give fewer bytes than were asked for."""

from __future__ import annotations

from typing import BinaryIO

from nixdive.progress import Progress, check

PIECE = 1 << 20
"""Bytes that are read from a file at a time."""


def read(file: BinaryIO, count: int) -> bytes:
    """Return that many bytes of a file; fewer only at its end."""
    data = file.read(count)
    if len(data) == count or not data:
        return data
    pieces = bytearray(data)
    while len(pieces) < count and (data := file.read(count - len(pieces))):
        pieces += data
    return bytes(pieces)


def same_data(one: BinaryIO, other: BinaryIO, size: int, progress: Progress) -> bool:
    """Return whether two files have the same first `size` bytes; a shorter file is different.

    Raises:
        Cancelled: the user stopped it.
    """
    left = size
    while left > 0:
        check(progress)
        data = read(one, min(left, PIECE))
        if data != read(other, min(left, PIECE)) or not data:
            return False
        left -= len(data)
        progress.advance(len(data))
    return True
