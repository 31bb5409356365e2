"""Files and folders in the making: out of sight, locked while they are worked on, gone at the end.

A file has no name at all before it is complete, where the system has such files (O_TMPFILE in open(2)). What
needs a name has a hidden one, and a lock (flock(2)) that ends with the process; so what a process left that
was killed has no lock, and whoever makes something of that name next removes it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
import tempfile
import weakref
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive.interrupts import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nixdive.errors import NixdiveError

_PRIVATE = 0o600
_WORKING = "nixdive"
_STEM = 200  # bytes; a name may have 255
_TAIL = re.compile(r"[0-9a-f]{12}\.part")
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
# what open(2) fails with where the kernel or the file system has no files without a name
_NAMED_ONLY = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL})


class UnfinishedFile:
    """A file that takes its place when it is complete; `unfinished_file` makes it.

    Attributes:
        descriptor: for reading and writing it.
    """

    def __init__(self, place: Path, mode: int) -> None:
        self.descriptor = -1
        self._place = place
        self._mode = mode
        self._beside = place.parent / _hidden(place.name)
        self._named = False

    def open(self) -> None:
        """Create it, empty. Raises OSError."""
        found = _nameless(self._place.parent, self._mode)
        while found is None:
            self._named = True  # before it is: what is removed at the end need not be there
            found = _kept(os.open(self._beside, _NEW, self._mode), self._beside)
        self.descriptor = found

    def finish(self, *, replace: bool = True) -> None:
        """Sync it and give it its name; nothing of it is left elsewhere.

        Args:
            replace: whether it may take the place of a file, whose permissions and owner it then has.

        Raises:
            FileExistsError: there is something already, and it must not be replaced.
            OSError: a system call failed.
        """
        like(self.descriptor, self._place)
        os.fsync(self.descriptor)
        if replace:
            self._replace()
        else:
            self._take()
        sync_folder(self._place.parent)

    @whole
    def close(self) -> None:
        """Remove what has not taken its place. Raises OSError."""
        if self._named:
            self._beside.unlink(missing_ok=True)
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _replace(self) -> None:
        if not self._named:
            if not os.path.lexists(self._place) and self._linked(self._place):
                return
            with suppress(OSError):
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._named = True
            self._link(self._beside)
        self._beside.replace(self._place)
        self._named = False

    def _take(self) -> None:
        if not self._named:
            self._link(self._place)
            return
        try:
            os.link(self._beside, self._place)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            self._beside.replace(self._place)
            self._named = False

    def _linked(self, name: Path) -> bool:
        try:
            self._link(name)
        except FileExistsError:
            return False
        return True

    def _link(self, name: Path) -> None:
        with opened_folder(name.parent) as folder:
            # with a folder Python calls linkat(2), which follows the link that /proc has for the file
            os.link(f"/proc/self/fd/{self.descriptor}", name.name, dst_dir_fd=folder, follow_symlinks=True)


@contextmanager
def unfinished_file(place: Path) -> Iterator[UnfinishedFile]:
    """Make a file that is beside its place and out of sight until its `finish`.

    It can be read by others only as far as the file in its place can.

    Args:
        place: the real path of a file, or of none yet.

    Raises:
        OSError: a system call failed.
    """
    sweep(place.parent, place.name)
    made = UnfinishedFile(place, _PRIVATE if os.path.lexists(place) else 0o666)
    try:
        made.open()
        yield made
    finally:
        made.close()


@contextmanager
def unfinished_folder(place: Path) -> Iterator[Path]:
    """Make a hidden folder beside a place, for this user alone; it is removed at the end with all in it.

    Raises:
        OSError: a system call failed.
    """
    made = WorkingFolder(place.parent, place.name)
    try:
        yield made.path
    finally:
        made.remove()


class WorkingFolder:
    """A hidden folder for this user alone; it is removed with this value, or at the end of the process.

    Attributes:
        path: the folder.

    Args:
        top: the folder that it is made in.
        name: what its name begins with; what processes that were killed left of this name is removed.

    Raises OSError if a system call failed.
    """

    def __init__(self, top: Path, name: str = _WORKING) -> None:
        sweep(top, name)
        self.path = top / _hidden(name)
        lock: list[int] = []
        self._removal = weakref.finalize(self, _removed, self.path, lock)  # before there is anything
        lock.append(_folder(self.path))

    @whole
    def remove(self) -> None:
        """Remove it now, with all in it."""
        self._removal()


def temporary_folder(error: Callable[[str], NixdiveError]) -> WorkingFolder:
    """Make a working folder where TMPDIR says.

    Args:
        error: makes the error to raise from a message.

    Raises:
        NixdiveError: what `error` made: nothing can be written there.
    """
    try:
        return WorkingFolder(Path(tempfile.gettempdir()))
    except OSError as cause:
        place = f"{cause.filename}: " if cause.filename else ""
        raise error(f"{place}no temporary folder can be made: {cause.strerror}") from cause


def _folder(path: Path) -> int:
    """Make a folder and lock it; return what holds the lock."""
    while True:
        path.mkdir(0o700)
        with suppress(FileNotFoundError):  # a sweep was quicker
            descriptor = _kept(os.open(path, _FOLDER), path)
            if descriptor is not None:
                return descriptor


@whole
def _removed(folder: Path, lock: list[int]) -> None:
    remove(folder)
    for descriptor in lock:
        os.close(descriptor)


def like(descriptor: int, place: Path) -> None:
    """Give a new file or folder permissions and, where that is allowed, the owner of what is at its place."""
    try:
        old = place.stat()
    except FileNotFoundError:
        return
    new = os.fstat(descriptor)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with suppress(PermissionError):
            os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, old.st_mode & 0o7777)


def sync_folder(path: Path) -> None:
    """Sync a folder, so that the names in it are on the disk. Raises OSError."""
    with opened_folder(path) as descriptor:
        os.fsync(descriptor)


@contextmanager
def opened_folder(path: Path) -> Iterator[int]:
    """Open a folder for as long as its descriptor is needed. Raises OSError."""
    descriptor = os.open(path, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def sweep(folder: Path, name: str) -> None:
    """Remove what processes that were killed left of a name in a folder; what cannot be removed stays."""
    stem = f".{_stem(name)}."
    with suppress(OSError), os.scandir(folder) as entries:
        left = [Path(one.path) for one in entries if one.name.startswith(stem)]
        for path in left:
            if _TAIL.fullmatch(path.name.removeprefix(stem)):
                _swept(path)


def remove(path: Path) -> None:
    """Remove a file or a folder with all in it, however deep; what cannot be removed stays."""
    with suppress(OSError):
        if not stat.S_ISDIR(path.lstat().st_mode):
            path.unlink()
            return
    folders, pending = [], [os.fspath(path)]
    while pending:
        folders.append(pending.pop())
        with suppress(OSError), os.scandir(folders[-1]) as listing:
            for found in listing:
                if found.is_dir(follow_symlinks=False):
                    pending.append(found.path)
                else:
                    with suppress(OSError):
                        os.unlink(found.path)  # noqa: PTH108  there may be many
    for folder in reversed(folders):
        with suppress(OSError):
            os.rmdir(folder)  # noqa: PTH106


def _swept(path: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(path, _LOOK)
        try:
            found = os.fstat(descriptor)
            if found.st_uid == os.geteuid() and stat.S_IFMT(found.st_mode) in {stat.S_IFREG, stat.S_IFDIR}:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(path)
        finally:
            os.close(descriptor)


def _nameless(folder: Path, mode: int) -> int | None:
    """Return the descriptor of a file without a name, or None where there are none."""
    if not hasattr(os, "O_TMPFILE"):
        return None
    try:
        descriptor = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, mode)
    except OSError as error:
        if error.errno in _NAMED_ONLY:
            return None
        raise
    if os.path.lexists(f"/proc/self/fd/{descriptor}"):  # else it could never be given a name
        return descriptor
    os.close(descriptor)
    return None


def _kept(descriptor: int, path: Path) -> int | None:
    """Lock something new; return None if a sweep was quicker, and has removed it."""
    with suppress(OSError):  # some file systems have no locks
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    if os.path.lexists(path):
        return descriptor
    os.close(descriptor)
    return None


def _hidden(name: str) -> str:
    return f".{_stem(name)}.{secrets.token_hex(6)}.part"


def _stem(name: str) -> str:
    """Return what the name of a target contributes to the hidden one: whole characters, and not too many."""
    return os.fsencode(name)[:_STEM].decode(errors="ignore")
