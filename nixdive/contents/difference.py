"""What layers change: added, modified, removed, unmodified, as dive tells them, links compared too."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.file_tree import extended, stacked
from nixdive.contents.names import parent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nixdive.contents.entry import LayerEntry
    from nixdive.contents.file_tree import FileTree, Placed
    from nixdive.contents.layer_index import LayerIndex


class Change(Enum):
    """What happened to a name; the value is the word for people."""

    UNMODIFIED = "unmodified"
    ADDED = "added"
    MODIFIED = "modified"
    REMOVED = "removed"


class Difference(NamedTuple):
    """A name before and after.

    Attributes:
        change: what happened; a directory is modified where anything below it is not unmodified.
        before: what was there, or None.
        after: what is there, or None.
    """

    change: Change
    before: Placed | None
    after: Placed | None


def same(one: LayerEntry, other: LayerEntry) -> bool:
    """Whether two entries of a name say the same: kind, mode, owner, data, and where a link leads.

    Times do not count: images made twice from the same files differ in nothing else.
    """
    return (
        one.kind is other.kind
        and one.mode == other.mode
        and one.uid == other.uid
        and one.gid == other.gid
        and one.digest == other.digest
        and one.target == other.target
    )


def changed_between(indexes: Sequence[LayerIndex], first: int, last: int) -> dict[bytes, Difference]:
    """Return what layers `first` to `last`, both included, make of the layers below them.

    All names are in it, the removed ones too. For the lowest layer alone everything is added.
    """
    lower = stacked(indexes, 0, first - 1)
    return differences(lower, extended(lower, indexes, first, last))


def _alike(before: Placed, after: Placed) -> bool:
    return same(before.entry, after.entry)


def differences(
    lower: FileTree, upper: FileTree, alike: Callable[[Placed, Placed], bool] = _alike
) -> dict[bytes, Difference]:
    """Return what became of each name of two trees.

    Args:
        lower: what was there.
        upper: what is there.
        alike: whether two entries of a name say the same; by default as `same`, which trusts digests.
    """
    found: dict[bytes, Difference] = {}
    for name, after in upper.files.items():
        before = lower.files.get(name)
        if before is None:
            change = Change.ADDED
        elif before is after or before.entry is after.entry or alike(before, after):
            change = Change.UNMODIFIED
        else:
            change = Change.MODIFIED
        found[name] = Difference(change, before, after)
    for name, before in lower.files.items():
        if name not in upper.files:
            found[name] = Difference(Change.REMOVED, before, None)
    _mark_folders(found)
    return found


def _mark_folders(found: dict[bytes, Difference]) -> None:
    """Mark the directories that stay but hold something that changed."""
    touched = {parent_of(name) for name, one in found.items() if one.change is not Change.UNMODIFIED}
    while touched:
        higher = set()
        for folder in touched:
            one = found.get(folder)
            if one is not None and one.change is Change.UNMODIFIED:
                found[folder] = one._replace(change=Change.MODIFIED)
                higher.add(parent_of(folder))
        touched = higher


def counted(found: Mapping[bytes, Difference]) -> dict[Change, int]:
    """Return how many names were added, modified, removed and left alone."""
    counts = dict.fromkeys(Change, 0)
    for one in found.values():
        counts[one.change] += 1
    return counts
