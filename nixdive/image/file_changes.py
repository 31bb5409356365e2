"""Changes between two images outside their store paths: files, links and the like, not directories."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.difference import Change, differences
from nixdive.contents.entry import EntryKind, LayerEntry
from nixdive.contents.file_tree import Placed, stacked
from nixdive.image.store_names import path_named
from nixdive.store.path import STORE_DIR

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from nixdive.contents.layer_index import LayerIndex

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
    old: Sequence[LayerIndex], new: Sequence[LayerIndex], stores: Collection[str] = (STORE_DIR,)
) -> FileChanges:
    """Compare the visible files of two images, outside the store paths in these directories."""
    found: list[FileChange] = []
    for name, one in differences(stacked(old), stacked(new)).items():
        before, after = _file(one.before), _file(one.after)
        if (
            one.change is Change.UNMODIFIED
            or (before is after is None)
            or any(path_named(name, store) for store in stores)
        ):
            continue
        change = Change.ADDED if before is None else Change.REMOVED if after is None else Change.MODIFIED
        sizes = (0 if file is None else file.size for file in (before, after))
        found.append(FileChange(os.fsdecode(name), change, *sizes))
    counts = {change: sum(one.change is change for one in found) for change in Change}
    largest = sorted(found, key=lambda one: (-max(one.old, one.new), one.name))[:_LARGEST]
    return FileChanges(counts[Change.ADDED], counts[Change.REMOVED], counts[Change.MODIFIED], tuple(largest))


def _file(placed: Placed | None) -> LayerEntry | None:
    return None if placed is None or placed.entry.kind is EntryKind.DIRECTORY else placed.entry
