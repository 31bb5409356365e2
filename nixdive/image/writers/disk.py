"""Linux calls that speed up a file written once from front to back; ignored where unsupported."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SYNC_FILE_RANGE_WRITE = 2  # linux/fs.h


def reserve(descriptor: int, size: int) -> None:
    """Reserve the first bytes of a file; its pages then cost half as much, and it is at least as long.

    It is fallocate(2), since posix_fallocate writes to every block where the filesystem cannot reserve.
    """
    if size:
        _call("fallocate")(descriptor, 0, 0, size)


def begin_sync(descriptor: int, offset: int, size: int) -> None:
    """Start writing part of a file to the disk, so that fsync waits for less (sync_file_range(2))."""
    _call("sync_file_range")(descriptor, offset, size, _SYNC_FILE_RANGE_WRITE)


@cache
def _call(name: str) -> Callable[[int, int, int, int], object]:
    if sys.platform != "linux" or sys.maxsize < 1 << 32:
        return _nothing
    from ctypes import CDLL, c_int, c_int64  # noqa: PLC0415  it is slow to load

    call = getattr(CDLL(None), name, None)
    if call is None:
        return _nothing
    wide = (c_int64, c_int64)
    call.argtypes = (c_int, c_int, *wide) if name == "fallocate" else (c_int, *wide, c_int)
    found: Callable[[int, int, int, int], object] = call
    return found


def _nothing(descriptor: int, first: int, second: int, third: int) -> None:
    pass
