"""Targets on the disk: whether something can be written there, and errors that name them."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.errors import WriteError
from nixdive.sizes import prose
from nixdive.unfinished import unfinished_file

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def resolved(target: Path) -> Path:
    """Return the target's real path, links followed; raises WriteError if its directory cannot be used."""
    real = Path(there.resolved(target, WriteError))
    if not there.is_folder(real.parent, WriteError, target):
        raise WriteError(
            f"{target}: the directory {real.parent} does not exist", hint=f"mkdir -p {real.parent}"
        )
    return real


def check_room(target: Path, needed: int) -> None:
    """Raise WriteError if the disk has fewer bytes free than are needed."""
    free = _free(target)
    if free is not None and needed > free:
        raise _full(target, needed, f"{prose(free)} are free")


def _free(target: Path) -> int | None:
    """Return the bytes that are free where something is, or will be made; None if that cannot be known."""
    for place in (target, *target.parents):
        try:
            status = os.statvfs(place)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return None
        return status.f_bavail * status.f_frsize
    return None


def _full(target: Path, needed: int | None, free: str) -> WriteError:
    wanted = f"{prose(needed)} are needed" if needed is not None else ""
    facts = " and ".join(fact for fact in (wanted, free) if fact)
    return WriteError(
        f"{target}: the disk is full" + (f": {facts}" if facts else ""),
        hint="free some space, or name a target on another disk",
    )


@contextmanager
def told(target: Path, needed: int | None) -> Iterator[None]:
    """Turn errors of the operating system into WriteErrors that name the target.

    Args:
        target: what is written, which begins here.
        needed: bytes of it, or None; where the disk is full, they are compared with what was free before.
    """
    free = _free(target)
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            before = f"{prose(free)} were free before" if free is not None else ""
            raise _full(target, needed, before) from error
        raise WriteError(f"{target}: {there.cause(error, target)}") from error


def write_at(descriptor: int, data: memoryview | bytes, offset: int) -> None:
    """Write all the data at an offset in a file."""
    done = os.pwrite(descriptor, data, offset)
    while done < len(data):
        done += os.pwrite(descriptor, memoryview(data)[done:], offset + done)


def file_place(target: Path) -> Path:
    """Return the real path of a file to be written, before there is anything to write.

    Raises WriteError if no file can be created there, or there is something else: a directory, a pipe.
    """
    place = resolved(target)
    if there.is_folder(place, WriteError, target):
        raise WriteError(f"{target}: it is a directory, not a file", hint="name a file")
    if there.is_other(place, WriteError, target):
        raise WriteError(f"{target}: it is not a regular file", hint="name a file")
    there.creatable(place.parent, WriteError, target)
    return place


def write_text(target: Path, text: str) -> None:
    """Write a text file beside its place, sync it, then give it its name.

    Raises:
        WriteError: it cannot be written, or the target is not a regular file, like a device or a pipe.
    """
    place = file_place(target)
    data = text.encode()
    with told(target, len(data)), unfinished_file(place) as new:
        write_at(new.descriptor, data, 0)
        new.finish()
