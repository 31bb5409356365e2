"""What numba has compiled, in a folder of the cache: it is run, so that nobody else may write there."""

from __future__ import annotations

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
    from collections.abc import Iterator

_NAME = "compiled"
# an index of what was compiled for which arguments, and that; with more behind it while it is being written
_WRITTEN = re.compile(r".+\.(nbi|nbc)(?P<half>\.tmp\.[0-9a-f]+)?")


class Compiled:
    """The folder, which is made when it is wanted.

    Args:
        cache: the cache directory of the user.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    def made(self) -> Path:
        """Return the folder for numba; make it if it is missing.

        Raises:
            CacheError: it cannot be created, or others could write into it, or put another in its place.
        """
        Folder.open(self._cache, _NAME).close()
        status = there.status(self._cache, CacheError)
        if status is None or status.st_uid not in {os.geteuid(), 0} or status.st_mode & WRITERS:
            raise CacheError(f"{self._cache}: other users may write to it")
        return self._cache / _NAME

    def size(self) -> int:
        """Return the bytes of what is there; raises OSError."""
        return sum(size for _, size in self._files())

    def clear(self) -> int:
        """Remove what numba has written, and return its bytes; raises OSError."""
        removed, folders = 0, set()
        for file, size in list(self._files()):
            with suppress(OSError):
                file.unlink()
                removed += size
            folders.add(file.parent)
        for folder in folders:
            with suppress(OSError):  # somebody has put something else there
                folder.rmdir()
        return removed

    def sweep(self) -> None:
        """Remove what is half written, and should be by nobody; who does write it compiles it again."""
        with suppress(OSError):
            for file, _ in list(self._files()):
                half = _WRITTEN.fullmatch(file.name)
                if half is not None and half["half"]:
                    file.unlink()

    def _files(self) -> Iterator[tuple[Path, int]]:
        """Yield the files that numba has written, with their bytes; numba has a folder for each of ours."""
        for folder in _entries(self._cache / _NAME):
            if folder.is_dir(follow_symlinks=False):
                for file in _entries(folder.path):
                    with suppress(OSError):  # it has just been removed
                        status = file.stat(follow_symlinks=False)
                        if _WRITTEN.fullmatch(file.name) and stat.S_ISREG(status.st_mode):
                            yield Path(file.path), status.st_size


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []
