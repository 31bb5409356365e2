"""Moving a finished tree to its place in a directory, all or nothing."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from nixdive.errors import ExistsError, WriteError
from nixdive.interrupts import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def conflict(folder: bytes, names: Iterator[tuple[bytes, bool]], *, force: bool) -> WriteError | None:
    """Return why names cannot be put into a directory, or None.

    Links in it are never followed: a link where a directory should be is in the way.

    Args:
        folder: the directory.
        names: relative names, each after its parent directory, and whether it is a directory.
        force: whether anything but a directory may be replaced.
    """
    missing = b"/"  # the last name that does not exist; no name begins with a slash
    for name, is_folder in names:
        if name.startswith(missing):
            continue
        there = _kind(os.path.join(folder, name))
        if there is None:
            missing = name + b"/"
        elif there is not stat.S_IFDIR and not force:
            return _exists(os.path.join(folder, name))
        elif there is stat.S_IFDIR and not is_folder:
            return _in_the_way(os.path.join(folder, name))
        elif there is not stat.S_IFDIR and is_folder:
            missing = name + b"/"
    return None


def place(staged: bytes, folder: bytes, aside: bytes, *, force: bool) -> None:
    """Move the contents of one directory into another one on the same disk.

    Existing directories stay, and new files are added to them. If something goes wrong, what was moved is
    moved back.

    Args:
        staged: where the tree is; it is empty at the end.
        folder: where it goes.
        aside: an empty directory on the same disk, for what is replaced.
        force: whether anything but a directory may be replaced.

    Raises:
        WriteError: something is in the way.
        OSError: a system call failed.
    """
    undo: list[Callable[[], None]] = []
    try:
        _move(staged, folder, aside, undo, force=force)
    except BaseException:
        _undone(undo)
        raise


def _move(staged: bytes, folder: bytes, aside: bytes, undo: list[Callable[[], None]], *, force: bool) -> None:
    pending = [(staged, folder)]
    while pending:
        source, target = pending.pop()
        for name in sorted(os.listdir(source)):
            new, old = os.path.join(source, name), os.path.join(target, name)
            there = _kind(old)
            if there is stat.S_IFDIR and _kind(new) is stat.S_IFDIR:
                pending.append((new, old))
                continue
            if there is not None:
                if there is stat.S_IFDIR:
                    raise _in_the_way(old)
                if not force:
                    raise _exists(old)
                _keep(old, os.path.join(aside, b"%d" % len(undo)), undo, _kind(new))
            _rename(new, old, undo)


@whole
def _undone(undo: list[Callable[[], None]]) -> None:
    for back in reversed(undo):
        back()


@whole
def _keep(old: bytes, kept: bytes, undo: list[Callable[[], None]], kind: int | None) -> None:
    """Keep what is to be replaced, under a second name if it can have one: so it is never missing."""
    if kind is not stat.S_IFDIR:  # which cannot take the place of a file in one step
        with suppress(OSError):  # a file system without hard links
            os.link(old, kept, follow_symlinks=False)
            undo.append(lambda: os.replace(kept, old))
            return
    _rename(old, kept, undo)


@whole
def _rename(source: bytes, target: bytes, undo: list[Callable[[], None]]) -> None:
    os.rename(source, target)
    undo.append(lambda: os.rename(target, source))


def _kind(path: bytes) -> int | None:
    """Return the status of a path, None if it does not exist."""
    try:
        kind = stat.S_IFMT(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return stat.S_IFDIR if kind == stat.S_IFDIR else kind


def _exists(path: bytes) -> ExistsError:
    return ExistsError(f"{os.fsdecode(path)}: it already exists", hint="--force replaces files")


def _in_the_way(path: bytes) -> WriteError:
    return WriteError(f"{os.fsdecode(path)}: a directory is in the way")
