"""A directory that only this user can write to, used through its descriptor: nothing can take its place."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self
from weakref import finalize

from nixdive import there
from nixdive.beside import write_at
from nixdive.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PART = ".part"
"""How the names of unfinished files end."""

SPARED = 1 << 30
"""Bytes of a disk that are left to others."""

LAYERS = "layers"
"""The directory of layers."""

WRITERS = 0o022
"""The bits of a mode by which others may write."""

_TAG = "CACHEDIR.TAG"
# https://bford.info/cachedir/: programs that make backups leave such a directory out
_TAGGED = b"Signature: 8a477f597d28d172789f06886806bc55\n# Kept by nixdive, which can make it again.\n"
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_OTHERS = 0o077


class Found(NamedTuple):
    """A file in the directory.

    Attributes:
        name: its name.
        size: its bytes.
        used: when it was used last, in nanoseconds since 1970.
    """

    name: str
    size: int
    used: int


class Folder:
    """The directory of the cache's files.

    Attributes:
        place: where it is.
    """

    def __init__(self, place: Path, descriptor: int) -> None:
        self.place = place
        self._descriptor = descriptor
        self._closing = finalize(self, os.close, descriptor)

    @classmethod
    def open(cls, cache: Path, name: str = LAYERS) -> Self:
        """Open a directory below a user's cache directory; create both if they are missing.

        Raises:
            CacheError: it cannot be created, or others could write into it.
        """
        place = cache / name
        try:
            _refuse_foreign_link(cache)
            cache.mkdir(0o700, parents=True, exist_ok=True)
            try:
                place.mkdir(0o700)
            except FileExistsError:
                return cls._opened(place)
            folder = cls._opened(place)
            folder.save(_TAG, _TAGGED)
        except (OSError, ValueError) as error:
            raise CacheError(f"{place}: {there.cause(error, place)}") from error
        return folder

    @classmethod
    def existing(cls, cache: Path) -> Self | None:
        """Open the directory of layers if there is one; raises CacheError as `open`."""
        place = cache / LAYERS
        try:
            _refuse_foreign_link(cache)
            return cls._opened(place)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise CacheError(f"{place}: {there.cause(error, place)}") from error

    @classmethod
    def _opened(cls, place: Path) -> Self:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            descriptor = os.open(place, flags)
        except OSError as error:
            status = there.status(place, CacheError, follow=False)
            if status is not None and stat.S_ISLNK(status.st_mode):
                raise CacheError(f"{place}: it is a link", hint=f"rm {place}") from error
            raise
        folder = cls(place, descriptor)
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid():
            folder.close()
            raise CacheError(
                f"{place}: it belongs to another user", hint="name another directory: NIXDIVE_CACHE_DIR"
            )
        if status.st_mode & WRITERS:
            folder.close()
            raise CacheError(f"{place}: other users may write to it", hint=f"rm -r {place}")
        if status.st_mode & _OTHERS:
            os.fchmod(descriptor, 0o700)
        return folder

    def close(self) -> None:
        """Close the directory; open files stay open."""
        self._closing()
        self._descriptor = -1

    def opened(self, name: str) -> int | None:
        """Return a new descriptor of a regular file, or None if there is no such file."""
        try:
            descriptor = os.open(name, _READ, dir_fd=self._descriptor)
        except OSError:
            return None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            return None
        return descriptor

    def size(self, name: str) -> int | None:
        """Return the bytes of a regular file, or None if there is no such file."""
        try:
            status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except OSError:
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def has(self, name: str) -> bool:
        """Whether something has this name, be it a regular file or not."""
        try:
            os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except OSError:
            return False
        return True

    def read(self, name: str, most: int) -> bytes | None:
        """Return the first bytes of a file, or None if there is no such file or it cannot be read."""
        descriptor = self.opened(name)
        if descriptor is None:
            return None
        try:
            return os.read(descriptor, most)
        except OSError:
            return None
        finally:
            os.close(descriptor)

    def save(self, name: str, data: bytes) -> None:
        """Write a whole small file: it appears under its name when it is complete. Raises OSError."""
        part, descriptor = self.begin()
        try:
            try:
                write_at(descriptor, data, 0)
            finally:
                os.close(descriptor)
            self.rename(part, name)
        except OSError:
            self.remove(part)
            raise

    def begin(self) -> tuple[str, int]:
        """Return the name and the descriptor of a new file, which `rename` gives its name. Raises OSError."""
        part = f"{secrets.token_hex(8)}{PART}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        return part, os.open(part, flags, 0o600, dir_fd=self._descriptor)

    def rename(self, part: str, name: str) -> None:
        """Give a file its name, in place of what had it; one that is gone gets none. Raises OSError."""
        with suppress(FileNotFoundError):  # somebody has emptied the cache meanwhile
            os.rename(part, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def remove(self, name: str) -> None:
        """Remove a file; whoever reads it goes on. One that is gone, or cannot be removed, is no error."""
        try:
            os.unlink(name, dir_fd=self._descriptor)
        except OSError:
            return

    def touch(self, name: str) -> None:
        """Record that a file is used now, if it is still there."""
        try:
            os.utime(name, dir_fd=self._descriptor, follow_symlinks=False)
        except OSError:
            return

    def free(self) -> int:
        """Return the bytes that are free on its disk. Raises OSError."""
        status = os.statvfs(self._descriptor)
        return status.f_bavail * status.f_frsize

    def files(self) -> Iterator[Found]:
        """Yield the regular files in it, in no order. Raises OSError."""
        # a descriptor of its own: others may be listing at the same time
        listing = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._descriptor)
        try:
            with os.scandir(listing) as entries:
                for entry in entries:
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except OSError:  # it has just been removed
                        continue
                    if stat.S_ISREG(status.st_mode):
                        yield Found(entry.name, status.st_size, status.st_mtime_ns)
        finally:
            os.close(listing)


def _refuse_foreign_link(cache: Path) -> None:
    """Raise CacheError if the directory is a link that another user has put there."""
    try:
        status = cache.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(status.st_mode) and status.st_uid not in {os.geteuid(), 0}:
        raise CacheError(f"{cache}: it is a link that belongs to another user", hint=f"rm {cache}")
