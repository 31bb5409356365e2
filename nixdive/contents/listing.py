"""A comparison as a tree to be listed: what lies in each directory, and how many bytes are below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.contents.difference import Change
from nixdive.contents.entry import EntryKind
from nixdive.contents.names import parent_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.contents.difference import Difference
    from nixdive.contents.file_tree import Placed

ROOT = b"/"


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
