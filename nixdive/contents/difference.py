"""What layers change, as dive has it, links compared too; and the names that changed as a tree to list."""

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


@dataclass(frozen=True, slots=True)
class Listing:
    """Names with what became of them.

    Attributes:
        found: absolute names, each with all directories above it but the root.
        children: the names that lie right in a directory, sorted; empty directories are no keys.
        totals: bytes of a file, or of all files below a directory. What is removed counts in what is removed
            only.
    """

    found: Mapping[bytes, Difference]
    children: Mapping[bytes, tuple[bytes, ...]]
    totals: Mapping[bytes, int]

    @classmethod
    def of(cls, found: Mapping[bytes, Difference]) -> Listing:
        """Return the listing of some names; every directory of a name must be among them."""
        children: dict[bytes, list[bytes]] = {}
        totals = {name: placed(one).entry.size for name, one in found.items()} | {ROOT: 0}
        for name in sorted(found, key=len, reverse=True):  # what lies deeper has the longer name
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
        """Return all names below a directory, each after the directory it lies in, sorted within it."""
        found: list[bytes] = []
        pending = list(reversed(self.children.get(name, ())))
        while pending:
            one = pending.pop()
            found.append(one)
            pending += reversed(self.children.get(one, ()))
        return found


def placed(one: Difference) -> Placed:
    """Return what is there; of what was removed, what was there."""
    there = one.after or one.before
    assert there is not None  # noqa: S101  a name is there before or after
    return there


def touched(found: Mapping[bytes, Difference], first: int) -> dict[bytes, Difference]:
    """Return what layers from `first` on have to do with, and the directories above it.

    These are the names that they bring, again or for the first time, and those that they take away.
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
