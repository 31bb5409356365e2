"""The store paths of a layer, out of its index, and whether the layer is made of nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from nixdive.contents.entry import EntryKind
from nixdive.store.path import STORE_DIR, StorePath

if TYPE_CHECKING:
    from nixdive.contents.layer_index import LayerIndex

_PREFIX = f"{STORE_DIR}/".encode()
_ABOVE = frozenset({b"/", b"/nix", STORE_DIR.encode()})
_FROM_STORE = frozenset({EntryKind.FILE, EntryKind.DIRECTORY, EntryKind.SYMLINK, EntryKind.HARDLINK})


@dataclass(frozen=True, slots=True)
class StoreNames:
    """What a layer has to do with the store.

    Attributes:
        paths: store paths whose files it brings, in the order of its tar.
        hidden: store paths of which it takes something away.
        only: whether it holds nothing but these paths and the directories above them, in one owner's name.
        owner: numbers of the owner and the group of its store paths, and their time; None without paths.
        hides_store: whether it takes away, or replaces, the store as a whole.
    """

    paths: tuple[StorePath, ...]
    hidden: frozenset[StorePath]
    only: bool
    owner: tuple[int, int, int] | None
    hides_store: bool

    @classmethod
    def of(cls, index: LayerIndex) -> StoreNames:
        """Return what the entries of a layer tell."""
        known: dict[bytes, StorePath | None] = {}
        paths: dict[StorePath, None] = {}
        hidden: set[StorePath] = set()
        owners: dict[tuple[int, int], int] = {}
        only, hides = True, False
        for entry in index.entries:
            if not entry.name.startswith(_PREFIX):
                above = entry.name in _ABOVE
                only = only and above and entry.kind is EntryKind.DIRECTORY
                hides = hides or (above and entry.kind is not EntryKind.DIRECTORY)
                continue
            top = entry.name[len(_PREFIX) :].partition(b"/")[0]
            if top not in known:
                known[top] = store_path(top)
            path = known[top]
            if path is None:
                only = False
            elif entry.kind in _FROM_STORE:
                paths[path] = None
                owners.setdefault((entry.uid, entry.gid), entry.mtime)
                only = only and (entry.kind is not EntryKind.HARDLINK or entry.target.startswith(_PREFIX))
            else:
                hidden.add(path)
                only = False
        first = next(iter(owners.items()), None)
        owner = None if first is None else (*first[0], first[1])
        return cls(tuple(paths), frozenset(hidden), only and len(owners) == 1, owner, hides)


@lru_cache(maxsize=1 << 16)
def store_path(name: bytes) -> StorePath | None:
    """Return the store path whose last part this is, or None where it is none."""
    try:
        return StorePath.parse(f"{STORE_DIR}/{name.decode('ascii')}")
    except ValueError:
        return None


def path_named(name: bytes) -> StorePath | None:
    """Return the store path in which the file of an absolute name lies, or None."""
    return store_path(name[len(_PREFIX) :].partition(b"/")[0]) if name.startswith(_PREFIX) else None
