"""What numba has compiled, in a folder of the cache: it is run, so that nobody else may write there."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.cache.folder import WRITERS, Folder
from nixdive.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAME = "compiled"
_MOST = 3  # folders: those of installations that take turns stay, those of every state of a source do not
# an index of what was compiled for which arguments, and that; with more behind it while it is being written
_WRITTEN = re.compile(r".+\.(nbi|nbc)(?P<half>\.tmp\.[0-9a-f]+)?")


class Compiled:
    """The folder, which is made when it is wanted.

    Args:
        cache: the cache directory of the user.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    def made(self, sources: Iterable[bytes]) -> Path:
        """Return the folder for what numba makes of some sources; make it if it is missing.

        numba knows what it has kept by the file of each function alone, and not by those of other files that
        it was compiled with. So what comes of other sources is in another folder; of those only the ones that
        were used last stay.

        Args:
            sources: all files that are compiled.

        Raises:
            CacheError: it cannot be created, or others could write into it, or put another in its place.
        """
        Folder.open(self._cache, _NAME).close()
        status = there.status(self._cache, CacheError)
        if status is None or status.st_uid not in {os.geteuid(), 0} or status.st_mode & WRITERS:
            raise CacheError(f"{self._cache}: other users may write to it")
        parts = "".join(hashlib.sha256(source).hexdigest() for source in sources)
        folder = self._place / hashlib.sha256(parts.encode()).hexdigest()[:32]
        try:
            folder.mkdir(0o700)
        except FileExistsError:
            with suppress(OSError):
                os.utime(folder)
        except OSError as error:
            raise CacheError(f"{folder}: {error.strerror}") from error
        else:
            with suppress(OSError):  # whatever it is, it can stay
                self._forget(folder)
        return folder

    def size(self) -> int:
        """Return the bytes of what is there; raises OSError."""
        return sum(size for _, files in _walk(self._place) for _, size in files)

    def clear(self) -> int:
        """Remove what numba has written, and return its bytes; raises OSError."""
        return _clear(self._place)

    def sweep(self) -> None:
        """Remove what is half written, and should be by nobody; who does write it compiles it again."""
        with suppress(OSError):
            for _, files in _walk(self._place):
                for file, _ in files:
                    half = _WRITTEN.fullmatch(file.name)
                    if half is not None and half["half"]:
                        file.unlink()

    @property
    def _place(self) -> Path:
        return self._cache / _NAME

    def _forget(self, new: Path) -> None:
        """Remove the folders that were used least recently, where there are too many with a new one."""
        with os.scandir(self._place) as found:
            others = [
                (entry.stat(follow_symlinks=False).st_mtime_ns, Path(entry.path))
                for entry in found
                if entry.is_dir(follow_symlinks=False) and entry.name != new.name
            ]
        for _, folder in sorted(others, reverse=True)[_MOST - 1 :]:
            _clear(folder)
            with suppress(OSError):  # somebody has put something else there
                folder.rmdir()


def _clear(place: Path) -> int:
    """Remove what numba has written below a directory, and what is empty then; return the bytes."""
    removed = 0
    for folder, files in _walk(place):
        for file, size in files:
            with suppress(OSError):
                file.unlink()
                removed += size
        if folder != place:
            with suppress(OSError):  # somebody has put something else there
                folder.rmdir()
    return removed


def _walk(place: Path) -> Iterator[tuple[Path, list[tuple[Path, int]]]]:
    """Yield the directories below one, the deepest first, each with numba's files in it and their bytes."""
    for folder, _, names in os.walk(place, topdown=False, onerror=_refuse):
        files = []
        for name in names:
            with suppress(OSError):  # it has just been removed
                file = Path(folder, name)
                status = file.lstat()
                if _WRITTEN.fullmatch(name) and stat.S_ISREG(status.st_mode):
                    files.append((file, status.st_size))
        yield Path(folder), files


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
