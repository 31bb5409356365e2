"""What layers change, as in dive but with links compared too; and the changed names as a tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.entry import EntryKind, LayerEntry
from nixdive.contents.names import parent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nixdive.contents.file_tree import FileTree, Placed

ROOT = b"/"


class Change(Enum):
    """What happened to a name; the value is the word to display."""

    UNMODIFIED = "unmodified"
    ADDED = "added"
    MODIFIED = "modified"
    REMOVED = "removed"


class Difference(NamedTuple):
    """A name before and after.

    Attributes:
        change: what happened; a directory is modified if anything below it changed.
        before: what was there, or None.
        after: what is there, or None.
    """

    change: Change
    before: Placed | None
    after: Placed | None


def same(one: LayerEntry, other: LayerEntry) -> bool:
    """Whether two entries of a name are the same in kind, mode, owner, size, digest and link target.

    Digests that were not asked for are empty: then only the data themselves show whether they are the same.
    Times do not count: images made twice from the same files differ in nothing else.
    """
    return (
        one.kind is other.kind
        and one.mode == other.mode
        and one.uid == other.uid
        and one.gid == other.gid
        and one.size == other.size
        and one.digest == other.digest
        and one.target == other.target
    )


def differences(
    lower: FileTree, upper: FileTree, alike: Callable[[Placed, Placed], bool]
) -> dict[bytes, Difference]:
    """Return the change of each name in two trees.

    Args:
        lower: the tree before.
        upper: the tree after.
        alike: whether two entries of a name are the same.
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
    """Mark the directories that exist in both but contain something that changed."""
    touched = {parent_of(name) for name, one in found.items() if one.change is not Change.UNMODIFIED}
    while touched:
        higher = set()
        for folder in touched:
            one = found.get(folder)
            if one is not None and one.change is Change.UNMODIFIED:
                found[folder] = one._replace(change=Change.MODIFIED)
                higher.add(parent_of(folder))
        touched = higher


@dataclass(frozen=True, slots=True)
class Listing:
    """Names with their changes.

    Attributes:
        found: absolute names, with all directories above them except the root.
        children: the names directly in a directory, sorted; empty directories are left out.
        totals: bytes of a file, or of all files below a directory. Removed files count only in removed
            directories.
    """

    found: Mapping[bytes, Difference]
    children: Mapping[bytes, tuple[bytes, ...]]
    totals: Mapping[bytes, int]

    @classmethod
    def of(cls, found: Mapping[bytes, Difference]) -> Listing:
        """Return the listing of some names; every directory of a name must be among them."""
        children: dict[bytes, list[bytes]] = {}
        totals = {name: placed(one).entry.size for name, one in found.items()} | {ROOT: 0}
        for name in sorted(found, key=len, reverse=True):  # deeper names are longer
            parent = parent_of(name)
            children.setdefault(parent, []).append(name)
            gone = found[name].change is Change.REMOVED
            if not gone or (parent != ROOT and found[parent].change is Change.REMOVED):
                totals[parent] += totals[name]
        return cls(found, {name: tuple(sorted(below)) for name, below in children.items()}, totals)

    def is_folder(self, name: bytes) -> bool:
        """Whether a name is a directory, or was one when it was removed."""
        return placed(self.found[name]).entry.kind is EntryKind.DIRECTORY

    def below(self, name: bytes) -> list[bytes]:
        """Return all names below a directory, each after its parent directory, siblings sorted."""
        found: list[bytes] = []
        pending = list(reversed(self.children.get(name, ())))
        while pending:
            one = pending.pop()
            found.append(one)
            pending += reversed(self.children.get(one, ()))
        return found


def placed(one: Difference) -> Placed:
    """Return the entry after the change; for a removed name, the one before."""
    there = one.after or one.before
    assert there is not None  # noqa: S101  a name is there before or after
    return there


def touched(found: Mapping[bytes, Difference], first: int) -> dict[bytes, Difference]:
    """Return the names that layers from `first` on touch, and the directories above them.

    These are the names that they add, replace, or remove.
    """
    kept: dict[bytes, Difference] = {}
    for name, one in found.items():
        if one.change is Change.UNMODIFIED and placed(one).layer < first:
            continue
        here = name
        while here not in kept and here != ROOT:
            kept[here] = found[here]
            here = parent_of(here)
    return kept
