"""What changed between two images outside their store paths: files, links and the like, not directories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.layer_entry import EntryKind
from nixdive.image.store_names import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.contents.layer_entry import LayerEntry
    from nixdive.contents.layer_index import LayerIndex

_LARGEST = 10


class FileChange(NamedTuple):
    """One file that changed.

    Attributes:
        name: its absolute name.
        change: added, removed or changed.
        old: bytes of its data before, 0 where it was not there.
        new: bytes of its data now.
    """

    name: str
    change: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class FileChanges:
    """How many files changed.

    Attributes:
        added: only in the new image.
        removed: only in the old one.
        changed: in both, with other data, another target, mode or owner.
        largest: those of the most bytes, the largest first.
    """

    added: int
    removed: int
    changed: int
    largest: tuple[FileChange, ...]


def file_changes(old: Sequence[LayerIndex], new: Sequence[LayerIndex]) -> FileChanges:
    """Compare the files that the layers of two images show, outside their store paths."""
    had, has = _shown(old), _shown(new)
    found = [_change(name, had.get(name), has.get(name)) for name in had.keys() | has.keys()]
    real = [one for one in found if one is not None]
    counts = {change: sum(one.change == change for one in real) for change in ("added", "removed", "changed")}
    largest = sorted(real, key=lambda one: (-max(one.old, one.new), one.name))[:_LARGEST]
    return FileChanges(**counts, largest=tuple(largest))


def _change(name: bytes, old: LayerEntry | None, new: LayerEntry | None) -> FileChange | None:
    before, after = (None if one is None or one.kind is EntryKind.DIRECTORY else one for one in (old, new))
    if before is not None and after is not None:
        change = "changed" if _identity(before) != _identity(after) else None
    else:
        change = "added" if after is not None else "removed" if before is not None else None
    if change is None:
        return None
    text = name.decode("utf-8", "surrogateescape")
    return FileChange(text, change, before.size if before else 0, after.size if after else 0)


def _identity(entry: LayerEntry) -> tuple[object, ...]:
    # times differ between builds of the same
    return entry.kind, entry.mode, entry.uid, entry.gid, entry.size, entry.target, entry.digest


def _shown(indexes: Sequence[LayerIndex]) -> dict[bytes, LayerEntry]:
    """Return the entries that layers together show (OCI image specification, layer.md)."""
    shown: dict[bytes, LayerEntry] = {}
    for index in indexes:
        entries = [entry for entry in index.entries if path_of(entry) is None]
        gone = {entry.name for entry in entries if entry.kind is EntryKind.WHITEOUT}
        emptied = {entry.name for entry in entries if entry.kind is EntryKind.OPAQUE}
        # what is no directory takes the place of one with all that is below
        away = {EntryKind.WHITEOUT, EntryKind.OPAQUE, EntryKind.DIRECTORY}
        covered = {entry.name for entry in entries if entry.kind not in away}
        if shown and (gone or emptied or covered):
            shown = {
                name: entry
                for name, entry in shown.items()
                if name not in gone and not _is_below(name, gone, emptied, covered)
            }
        shown |= {
            entry.name: entry for entry in entries if entry.kind not in {EntryKind.WHITEOUT, EntryKind.OPAQUE}
        }
    return shown


def _is_below(name: bytes, *folders: set[bytes]) -> bool:
    while len(name) > 1:
        name = name.rpartition(b"/")[0] or b"/"
        if any(name in one for one in folders):
            return True
    return False
