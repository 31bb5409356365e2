"""The files of an image: of one layer alone, or of several layers on top of each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.entry import TAKES, EntryKind, LayerEntry
from nixdive.contents.names import parent_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nixdive.contents.layer_index import LayerIndex

_IMPLIED_MODE = 0o755


class Placed(NamedTuple):
    """An entry, and the layer that brought it.

    Attributes:
        entry: the entry; for an implied directory, one with mode 0755; for a hard link to a symbolic link, a
            symbolic link to the same.
        layer: the index of its layer, the lowest is 0.
        data: for a hard link, the file that had the target name when its layer was unpacked, whatever
            happened to that name later; None if there was none.
    """

    entry: LayerEntry
    layer: int
    data: Placed | None = None


@dataclass(frozen=True, slots=True)
class FileTree:
    """All files of a tree, by name.

    Attributes:
        files: absolute names, including directories but not the root; in no order.
        children: the names directly in a directory, in no order; empty directories are left out.
    """

    files: Mapping[bytes, Placed]
    children: Mapping[bytes, Collection[bytes]]

    def listed(self, folder: bytes = b"/") -> list[bytes]:
        """Return the names directly in a directory, sorted."""
        return sorted(self.children.get(folder, ()))

    def below(self, name: bytes) -> list[bytes]:
        """Return all names below a directory, each after its parent directory, siblings sorted."""
        found: list[bytes] = []
        pending = self.listed(name)[::-1]
        while pending:
            one = pending.pop()
            found.append(one)
            if one in self.children:
                pending += self.listed(one)[::-1]
        return found


def stacked(indexes: Sequence[LayerIndex], first: int = 0, last: int | None = None) -> FileTree:
    """Return the files of layers `first` to `last`, both included, on top of each other.

    Layers are merged as the OCI image specification says (layer.md): what a layer removes is gone from the
    layers below it, whatever the order of its entries; a directory that becomes something else loses its
    contents; one that stays a directory keeps them. A file below a name that is not a directory turns it
    into one: links are never followed. `stacked(indexes, i, i)` is the tree of one layer alone.

    Args:
        indexes: all layers, lowest first.
        first: the lowest layer to include.
        last: the highest layer to include; by default the topmost.
    """
    return _laid_over(_Stack({}, {}), indexes, first, len(indexes) - 1 if last is None else last)


def extended(tree: FileTree, indexes: Sequence[LayerIndex], first: int, last: int) -> FileTree:
    """Return a tree with layers `first` to `last` on top, both included; the tree itself is not changed."""
    children = {name: dict.fromkeys(below) for name, below in tree.children.items()}
    return _laid_over(_Stack(dict(tree.files), children), indexes, first, last)


def _laid_over(stack: _Stack, indexes: Sequence[LayerIndex], first: int, last: int) -> FileTree:
    for layer in range(first, last + 1):
        stack.add(indexes[layer], layer)
    return FileTree(stack.files, stack.children)


class _Stack:
    """Builds a tree."""

    def __init__(self, files: dict[bytes, Placed], children: dict[bytes, dict[bytes, None]]) -> None:
        self.files = files
        self.children = children

    def add(self, index: LayerIndex, layer: int) -> None:
        for entry in index.entries:
            if entry.kind is EntryKind.WHITEOUT:
                self._remove(entry.name)
            elif entry.kind is EntryKind.OPAQUE:
                self._empty(entry.name)
        files = self.files
        for entry in index.entries:
            if entry.kind in TAKES or entry.name == b"/":
                continue
            before = files.get(entry.name)
            if before is None:
                self._enter(entry.name, layer)
            elif entry.kind is not EntryKind.DIRECTORY and before.entry.kind is EntryKind.DIRECTORY:
                self._empty(entry.name)
            linked = files.get(entry.target) if entry.kind is EntryKind.HARDLINK else None
            if linked is None:
                files[entry.name] = Placed(entry, layer)
            elif linked.entry.kind is EntryKind.SYMLINK:
                files[entry.name] = Placed(_another_name(linked.entry, entry), layer)
            else:
                files[entry.name] = Placed(entry, layer, data_of(linked))

    def _enter(self, name: bytes, layer: int) -> None:
        """Add the name to its directory, and that to its parent, up to the root."""
        while True:
            parent = parent_of(name)
            siblings = self.children.get(parent)
            if siblings is not None:
                siblings[name] = None
                return
            self.children[parent] = {name: None}
            known = self.files.get(parent)
            if parent == b"/" or (known is not None and known.entry.kind is EntryKind.DIRECTORY):
                return
            self.files[parent] = Placed(implied(parent), layer)
            if known is not None:
                return
            name = parent

    def _remove(self, name: bytes) -> None:
        if self.files.pop(name, None) is None:
            return
        parent = parent_of(name)
        siblings = self.children[parent]
        del siblings[name]
        if not siblings:
            del self.children[parent]
        self._empty(name)

    def _empty(self, name: bytes) -> None:
        pending = list(self.children.pop(name, ()))
        while pending:
            one = pending.pop()
            del self.files[one]
            pending += self.children.pop(one, ())


def _another_name(link: LayerEntry, entry: LayerEntry) -> LayerEntry:
    """Return what a hard link to a symbolic link is: the same symbolic link, by another name."""
    return entry._replace(kind=link.kind, target=link.target, references=link.references)


def implied(name: bytes) -> LayerEntry:
    """Return an implied directory, which exists because something is in it."""
    return LayerEntry(name, EntryKind.DIRECTORY, _IMPLIED_MODE)


def data_of(placed: Placed) -> Placed | None:
    """Return the file whose data a name has: itself, or the target of its hard link; None without data."""
    if placed.entry.kind is EntryKind.FILE:
        return placed
    return placed.data
