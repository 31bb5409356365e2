"""What there is at a place on the disk, in the same words on every Python.

Up to Python 3.13 `Path.exists` and its kin raise where a folder may not be entered or a name is too long;
later ones answer False, as if there were nothing. Here "nothing" is what the system calls so, and all else is
an error with its cause.
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

    from nixdive.errors import NixdiveError

    Place = str | os.PathLike[str]
    Told = Callable[[str], NixdiveError]

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR})
_LONGEST = 255  # bytes of one name, as most file systems have it
_EFFECTIVE = os.access in os.supports_effective_ids


def status(path: Place, error: Told, named: object = None, *, follow: bool = True) -> os.stat_result | None:
    """Return the status of what lies at a path, or None where nothing does.

    Args:
        path: the place; a link that leads to nothing is nothing, unless links are not followed.
        error: makes the error that is raised, out of a message.
        named: what to call the place in the message; None for the path.
        follow: whether a link stands for what it leads to.

    Raises:
        NixdiveError: what `error` made: a folder may not be entered, a name is too long or no name at all,
            links go round in a circle.
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
    """Return whether something lies at a path; arguments and errors as `status`."""
    return status(path, error, named, follow=follow) is not None


def is_folder(path: Place, error: Told, named: object = None) -> bool:
    """Return whether a folder lies at a path, or a link to one; errors as `status`."""
    found = status(path, error, named)
    return found is not None and stat.S_ISDIR(found.st_mode)


def is_file(path: Place, error: Told, named: object = None) -> bool:
    """Return whether a regular file lies at a path, or a link to one; errors as `status`."""
    found = status(path, error, named)
    return found is not None and stat.S_ISREG(found.st_mode)


def is_other(path: Place, error: Told, named: object = None) -> bool:
    """Return whether something other than a regular file lies there, like a pipe; errors as `status`."""
    found = status(path, error, named)
    return found is not None and not stat.S_ISREG(found.st_mode)


def resolved(path: Place, error: Told, named: object = None) -> str:
    """Return where a path lies, links followed as far as there is something; errors as `status`."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError) as caught:
        raise error(f"{path if named is None else named}: {cause(caught, path)}") from caught


@contextmanager
def reading(path: Place, error: Told, named: object = None) -> Iterator[None]:
    """Turn what the system says while a file is read into an error, made as by `status`."""
    try:
        yield
    except OSError as caught:
        raise error(f"{path if named is None else named}: {cause(caught, path)}") from caught


def cause(error: OSError | ValueError, path: Place) -> str:
    """Return what an error of the system means for a path, in a few words."""
    if not isinstance(error, OSError):  # the only ValueError of a path
        return "no name of a file has a NUL character in it"
    if error.errno == errno.EACCES and (closed := _closed(path)) is not None:
        return f"{error.strerror}: the folder {closed} may not be entered"
    if error.errno == errno.ENAMETOOLONG:
        longest = max(map(len, os.fsencode(path).split(b"/")))
        return f"{error.strerror}: {longest} bytes" if longest > _LONGEST else "the path is too long"
    if error.errno == errno.ELOOP:
        return "its links go round in a circle"
    return error.strerror or str(error)


def _closed(path: Place) -> Path | None:
    """Return the folder on the way to a path that may not be entered, or None."""
    for folder in reversed(Path(os.path.realpath(path)).parents):
        if not os.access(folder, os.X_OK, effective_ids=_EFFECTIVE):
            return folder
    return None
