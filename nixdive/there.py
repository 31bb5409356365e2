"""What exists at a path on the disk, with the same error messages on every Python.

Up to Python 3.13 `Path.exists` and similar methods raise if a folder cannot be entered or a name is too long;
later versions return False, as if nothing existed. Here only a path that the system reports as missing counts
as missing; everything else is an error with its cause.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import FileIO

    from nixdive.errors import NixdiveError

    Place = str | os.PathLike[str]
    Told = Callable[[str], NixdiveError]

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR})
_WORDS = {
    **dict.fromkeys(_ABSENT, "no such file"),
    errno.EISDIR: "it is a directory, not a file",
    errno.EFBIG: "it would be larger than files may be here (ulimit -f)",
}
EMPTY_WORD = "an empty word does not name anything"  # one cause, for every word that names something
_LONGEST = 255  # bytes of one name, as most file systems have it
_EFFECTIVE = os.access in os.supports_effective_ids


def status(path: Place, error: Told, named: object = None, *, follow: bool = True) -> os.stat_result | None:
    """Return the status of what exists at a path, or None if nothing does.

    Args:
        path: the path; a dangling link counts as nothing, unless links are not followed.
        error: makes the error to raise from a message.
        named: what to call it in the message; None for the path.
        follow: whether to follow links.

    Raises:
        NixdiveError: what `error` made: a folder cannot be entered, a name is too long or not valid, or links
            form a loop.
    """
    try:
        return Path(path).stat(follow_symlinks=follow)
    except OSError as caught:
        if caught.errno in _ABSENT:
            return None
        raise error(f"{path if named is None else named}: {cause(caught, path)}") from caught
    except ValueError as caught:
        raise error(f"{path if named is None else named}: {cause(caught, path)}") from caught


def exists(path: Place, error: Told, named: object = None, *, follow: bool = True) -> bool:
    """Return whether something exists at a path; arguments and errors as `status`."""
    return status(path, error, named, follow=follow) is not None


def is_folder(path: Place, error: Told, named: object = None) -> bool:
    """Return whether a path is a folder, or a link to one; errors as `status`."""
    found = status(path, error, named)
    return found is not None and stat.S_ISDIR(found.st_mode)


def is_file(path: Place, error: Told, named: object = None) -> bool:
    """Return whether a path is a regular file, or a link to one; errors as `status`."""
    found = status(path, error, named)
    return found is not None and stat.S_ISREG(found.st_mode)


def is_other(path: Place, error: Told, named: object = None) -> bool:
    """Return whether a path is something other than a regular file, like a pipe; errors as `status`."""
    found = status(path, error, named)
    return found is not None and not stat.S_ISREG(found.st_mode)


def is_pipe(path: Place, error: Told, named: object = None) -> bool:
    """Return whether a path can be read only once: a pipe, a socket or a device; errors as `status`."""
    found = status(path, error, named)
    return found is not None and not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode))


def resolved(path: Place, error: Told, named: object = None) -> str:
    """Return the real path, links followed as far as they exist; errors as `status`."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError) as caught:
        raise error(f"{path if named is None else named}: {cause(caught, path)}") from caught


def creatable(folder: Place, error: Told, named: object) -> None:
    """Raise what `error` makes, naming `named`, if nothing can be created in a folder."""
    if os.access(folder, os.W_OK | os.X_OK, effective_ids=_EFFECTIVE):
        return
    fixed = os.statvfs(folder).f_flag & os.ST_RDONLY
    number = errno.EROFS if fixed else errno.EACCES
    words = cause(OSError(number, os.strerror(number)), Path(folder, "x"))
    if words == os.strerror(number):
        words = f"{words}: the folder {folder} cannot be written to"
    raise error(f"{named}: {words}")


def opened(path: Place) -> FileIO:
    """Open a regular file for reading, unbuffered.

    Anything else is refused, even if it has taken the file's place since somebody looked: a pipe to which
    nobody writes would be waited for, and a device may never end.

    Raises:
        OSError: it cannot be opened; EINVAL: it is not a regular file.
    """
    file = open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0)  # noqa: PTH123, SIM115
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(errno.EINVAL, "it is not a regular file", os.fspath(path))


@contextmanager
def reading(path: Place, error: Told, named: object = None) -> Iterator[None]:
    """Turn errors of the operating system while a file is read into those of `status`."""
    try:
        yield
    except OSError as caught:
        raise error(f"{path if named is None else named}: {cause(caught, path)}") from caught


def cause(error: OSError | ValueError, path: Place) -> str:
    """Return what an error of the operating system means for a path, in a few words."""
    if not isinstance(error, OSError):  # the only ValueError that a path can cause
        return "a file name cannot contain a NUL character"
    if error.errno == errno.EACCES and (closed := _closed(path)) is not None:
        return f"{error.strerror}: the folder {closed} cannot be entered"
    if error.errno == errno.ENAMETOOLONG:
        longest = max(map(len, os.fsencode(path).split(b"/")))
        return f"{error.strerror}: {longest} bytes" if longest > _LONGEST else "the path is too long"
    if error.errno == errno.ELOOP:
        return "its symbolic links form a loop"
    return _WORDS.get(error.errno or 0, error.strerror or str(error))


def _closed(path: Place) -> Path | None:
    """Return the folder on the way to a path that cannot be entered, or None."""
    for folder in reversed(Path(os.path.realpath(path)).parents):
        if not os.access(folder, os.X_OK, effective_ids=_EFFECTIVE):
            return folder
    return None
