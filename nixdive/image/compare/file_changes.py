"""Changes between two images outside their store paths: files, links and the like, not directories."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.difference import Change, differences, same
from nixdive.contents.entry import EntryKind, LayerEntry
from nixdive.contents.file_tree import Placed, stacked
from nixdive.image.stored.layer_files import same_files
from nixdive.image.stored.store_names import path_named
from nixdive.progress import NullProgress, Progress

if TYPE_CHECKING:
    from nixdive.image.compare.pair import ReadImage

_LARGEST = 10


class FileChange(NamedTuple):
    """One file that changed.

    Attributes:
        name: its absolute name.
        change: added, removed or modified.
        old: bytes of its data before, 0 if it did not exist.
        new: bytes of its data now.
    """

    name: str
    change: Change
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class FileChanges:
    """How many files changed.

    Attributes:
        added: only in the new image.
        removed: only in the old one.
        modified: in both, with other data, another target, mode or owner.
        largest: the largest of them, largest first.
    """

    added: int
    removed: int
    modified: int
    largest: tuple[FileChange, ...]


def file_changes(
    old: ReadImage,
    new: ReadImage,
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
) -> FileChanges:
    """Compare the visible files of two images, outside the store paths.

    Data are read of files that are otherwise the same, lie in layers with other diff_ids, and have no known
    digest. Layers with the same diff_id are taken for the same.

    Raises:
        MalformedImageError: a layer is damaged.
        UnreadablePathError: a file cannot be read.
        Cancelled: the user stopped it.
    """
    stores = {old.store, new.store}
    lower, upper = old.files, new.files

    def in_store(name: bytes) -> bool:
        return any(path_named(name, store) for store in stores)

    def alike(before: Placed, after: Placed) -> bool:
        one, other = before.entry, after.entry
        if in_store(other.name):
            return True  # it does not count
        if one.digest and other.digest:
            return same(one, other)
        if not same(one._replace(digest=b""), other._replace(digest=b"")):
            return False
        if one.kind is not EntryKind.FILE or not one.size:
            return True
        return same_files(lower[before.layer], one, upper[after.layer], other, progress)

    found: list[FileChange] = []
    for name, change_of in differences(stacked(old.indexes), stacked(new.indexes), alike).items():
        before, after = _file(change_of.before), _file(change_of.after)
        if change_of.change is Change.UNMODIFIED or (before is after is None) or in_store(name):
            continue
        change = Change.ADDED if before is None else Change.REMOVED if after is None else Change.MODIFIED
        sizes = (0 if file is None else file.size for file in (before, after))
        found.append(FileChange(os.fsdecode(name), change, *sizes))
    counts = {change: sum(one.change is change for one in found) for change in Change}
    largest = sorted(found, key=lambda one: (-max(one.old, one.new), one.name))[:_LARGEST]
    return FileChanges(counts[Change.ADDED], counts[Change.REMOVED], counts[Change.MODIFIED], tuple(largest))


def _file(placed: Placed | None) -> LayerEntry | None:
    return None if placed is None or placed.entry.kind is EntryKind.DIRECTORY else placed.entry
