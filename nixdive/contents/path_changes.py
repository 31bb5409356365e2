"""What changed from one version of a store path to the next: its files and links, not its directories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.data import same_data
from nixdive.contents.entry import Contents, FileEntry, Kind
from nixdive.progress import NullProgress, Progress, check

if TYPE_CHECKING:
    from nixdive.store.path import StorePath


class Tally(NamedTuple):
    """A number of files, and the bytes of their data."""

    files: int = 0
    size: int = 0

    def and_(self, size: int) -> Tally:
        """Return the tally with one file added."""
        return Tally(self.files + 1, self.size + size)


@dataclass(frozen=True, slots=True)
class PathChanges:
    """How many files of a store path changed.

    Attributes:
        added: only in the new version.
        removed: only in the old one.
        modified: in both, but different in data, mode, kind or target; bytes of the new ones.
    """

    added: Tally
    removed: Tally
    modified: Tally


def path_changes(
    contents: Contents, old: StorePath | None, new: StorePath | None, progress: Progress | None = None
) -> PathChanges | None:
    """Compare the files of two versions of a store path; without an old one all are added, and vice versa.

    Files of the same size are read. Returns None if the files of a version are not here.

    Args:
        contents: where the files are.
        old: the store path before.
        new: the store path now.
        progress: asked whether to stop.

    Raises:
        UnreadablePathError: a file cannot be read.
        Cancelled: the user stopped it.
    """
    if any(path is not None and not contents.has(path) for path in (old, new)):
        return None
    before, after = _files(contents, old), _files(contents, new)
    added, removed, modified = Tally(), Tally(), Tally()
    for name, entry in after.items():
        check(progress or NullProgress())
        was = before.get(name)
        if was is None:
            added = added.and_(entry.size)
        elif not _same(contents, was, entry, progress or NullProgress()):
            modified = modified.and_(entry.size)
    for name, entry in before.items():
        if name not in after:
            removed = removed.and_(entry.size)
    return PathChanges(added, removed, modified)


def _files(contents: Contents, path: StorePath | None) -> dict[bytes, FileEntry]:
    if path is None:
        return {}
    start = len(path)
    return {one.name[start:]: one for one in contents.entries(path) if one.kind is not Kind.DIRECTORY}


def _same(contents: Contents, old: FileEntry, new: FileEntry, progress: Progress) -> bool:
    if (old.kind, old.mode, old.size, old.target) != (new.kind, new.mode, new.size, new.target):
        return False
    if new.kind is not Kind.FILE or not new.size:
        return True
    with contents.open(old) as one, contents.open(new) as other:
        return same_data(one, other, new.size, progress)
