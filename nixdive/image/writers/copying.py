"""Bytes from one file to another inside the kernel, where it can: shared blocks, else copied ones."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from typing import TYPE_CHECKING

from nixdive.beside import write_at
from nixdive.progress import NullProgress, Progress, check

if TYPE_CHECKING:
    from collections.abc import Callable

_FICLONE = 0x40049409  # linux/fs.h
# so much at a time, so that a copy can be cancelled
_STEP = 1 << 24
_PIECE = 1 << 18


def clone(source: int, target: int) -> bool:
    """Make a file share all blocks of another one, as `cp --reflink`; return whether the file system can.

    What the target held before is gone. Changing one of the files later does not change the other.
    """
    if sys.platform != "linux":
        return False
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:  # another disk, or a file system without shared blocks
        return False
    return True


def copy_range(
    source: int,
    target: int,
    size: int,
    *,
    offset: int = 0,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
) -> None:
    """Copy the beginning of a file into another one; neither file's position is used or moved.

    Args:
        source: the descriptor of the file to read.
        target: the descriptor of the file to write.
        size: bytes.
        offset: where they go in the target.
        progress: asked whether to stop, every 16 MiB.

    Raises:
        OSError: a system call failed, or the source is shorter.
        Cancelled: the user stopped it.
    """
    copy: Callable[[int, int, int, int, int], int] = _copied if hasattr(os, "copy_file_range") else _poured
    done = 0
    while done < size:
        check(progress)
        wanted = min(_STEP, size - done)
        try:
            count = copy(source, target, wanted, done, offset + done)
        except OSError:
            if copy is _poured:
                raise
            copy = _poured  # an old kernel, or file systems between which it does not copy
            continue
        if not count:
            raise OSError(errno.EIO, "the file that is copied has become shorter")
        done += count


def _copied(source: int, target: int, size: int, start: int, offset: int) -> int:
    return os.copy_file_range(source, target, size, start, offset)


def _poured(source: int, target: int, size: int, start: int, offset: int) -> int:
    data = os.pread(source, min(_PIECE, size), start)
    write_at(target, data, offset)
    return len(data)
