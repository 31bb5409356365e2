"""Roots of the garbage collector for as long as something is open: links in a folder of their own.

A folder is locked by who uses it, and removed at the end; what a process left that was killed has no lock,
and the next one removes it. Nix forgets links that are gone by itself.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path


class Roots:
    """A folder for the links of roots; it goes with this value.

    Attributes:
        folder: where the links are made.
    """

    def __init__(self) -> None:
        self.folder, locked = _made()
        weakref.finalize(self, _removed, self.folder, locked)


def _made() -> tuple[Path, int | None]:
    """Make a folder and lock it; return it with what holds the lock."""
    named = os.environ.get("XDG_STATE_HOME", "")
    try:
        state = Path(named) if named.startswith("/") else Path.home() / ".local/state"
        top = state / "nixdive" / "roots"
        top.mkdir(parents=True, exist_ok=True)
        with_lock = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, RuntimeError):  # there is no home: nobody looks for what is left there, but the system
        return Path(tempfile.mkdtemp(prefix="nixdive-roots-")), None
    try:
        # a new folder is not locked for a moment, and must not be taken for a left one
        fcntl.flock(with_lock, fcntl.LOCK_EX)
        _sweep(top)
        folder = Path(tempfile.mkdtemp(dir=top))
        return folder, _locked(folder)
    except OSError:  # some file systems have no locks, some folders may not be written
        return Path(tempfile.mkdtemp(prefix="nixdive-roots-")), None
    finally:
        os.close(with_lock)


def _locked(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _sweep(top: Path) -> None:
    """Remove the folders that nobody uses any more."""
    for folder in top.iterdir():
        with suppress(OSError):
            descriptor = _locked(folder)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)


def _removed(folder: Path, locked: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if locked is not None:
        os.close(locked)
