"""Writing next to the target: a hidden temporary file that replaces it at the end, or is removed."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.errors import WriteError
from nixdive.sizes import prose

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def neighbour(target: Path) -> Path:
    """Return a hidden name in the target's directory that is not in use."""
    return target.parent / f".{target.name[:200]}.{secrets.token_hex(6)}.part"


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
    status = os.statvfs(target.parent)
    free = status.f_bavail * status.f_frsize
    if needed > free:
        raise _full(target, needed, free)


def _full(target: Path, needed: int | None, free: int) -> WriteError:
    wanted = f"{prose(needed)} are needed and " if needed is not None else ""
    return WriteError(
        f"{target}: the disk is full: {wanted}{prose(free)} are free",
        hint="free some space, or name a target on another disk",
    )


@contextmanager
def told(target: Path, needed: int | None) -> Iterator[None]:
    """Turn errors of the operating system into WriteErrors that name the target."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            status = os.statvfs(target.parent)
            raise _full(target, needed, status.f_bavail * status.f_frsize) from error
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
    """Write a text file under a temporary name, sync it, then rename it.

    Raises:
        WriteError: it cannot be written, or the target is not a regular file, like a device or a pipe.
    """
    place = file_place(target)
    beside = neighbour(place)
    with told(target, len(text)):
        try:
            with beside.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                if (old := there.status(place, WriteError)) is not None:
                    os.fchmod(file.fileno(), old.st_mode & 0o7777)
            beside.replace(place)
            sync_directory(place.parent)
        finally:
            beside.unlink(missing_ok=True)


def sync_directory(path: Path) -> None:
    """Sync a directory, so that the names in it are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
