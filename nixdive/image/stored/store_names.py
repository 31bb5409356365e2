"""The store paths of layers, from their indexes, and which layers contain nothing else."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from nixdive.contents.entry import TAKES, EntryKind
from nixdive.store.path import STORE_DIR, StorePath, folders_above

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.contents.layer_index import LayerIndex

_FROM_STORE = frozenset({EntryKind.FILE, EntryKind.DIRECTORY, EntryKind.SYMLINK, EntryKind.HARDLINK})


@dataclass(frozen=True, slots=True)
class StoreNames:
    """The effect of a layer on the store.

    Attributes:
        paths: store paths whose files it adds, in the order of its tar.
        hidden: store paths from which it removes something.
        only: whether it contains only these paths and the directories above them, all with one owner.
        owner: numbers of the owner and the group of its store paths, and their time; None without paths.
        hides_store: whether it removes or replaces the store as a whole.
        foreign: whether another program than nixpkgs' has made it: no tar of nixpkgs has the root itself.
    """

    paths: tuple[StorePath, ...]
    hidden: frozenset[StorePath]
    only: bool
    owner: tuple[int, int, int] | None
    hides_store: bool
    foreign: bool = False

    @classmethod
    def of(cls, index: LayerIndex, store: str = STORE_DIR) -> StoreNames:
        """Return the effect of a layer on the store in a directory, as far as it can be read."""
        prefix = os.fsencode(f"{store}/")
        # the script of nixpkgs makes /nix/store whatever the store is
        above_store = {b"/", *map(os.fsencode, (*folders_above(STORE_DIR), *folders_above(store)))}
        known: dict[bytes, StorePath | None] = {}
        paths: dict[StorePath, None] = {}
        hidden: set[StorePath] = set()
        owners: dict[tuple[int, int], int] = {}
        only, hides, rooted = not index.fault, False, False
        for entry in index.entries:
            if not entry.name.startswith(prefix):
                above = entry.name in above_store
                rooted = rooted or entry.name == b"/"
                only = only and above and entry.kind is EntryKind.DIRECTORY
                hides = hides or (above and entry.kind is not EntryKind.DIRECTORY)
                continue
            top = entry.name[len(prefix) :].partition(b"/")[0]
            if top not in known:
                known[top] = store_path(top, store)
            path = known[top]
            if path is None:
                only = False
            elif entry.kind in _FROM_STORE:
                paths[path] = None
                owners.setdefault((entry.uid, entry.gid), entry.mtime)
                only = only and (entry.kind is not EntryKind.HARDLINK or entry.target.startswith(prefix))
            else:
                hidden.add(path)
                only = False
        first = next(iter(owners.items()), None)
        owner = None if first is None else (*first[0], first[1])
        return cls(tuple(paths), frozenset(hidden), only and len(owners) == 1, owner, hides, rooted)


@lru_cache(maxsize=1 << 16)
def store_path(name: bytes, store: str = STORE_DIR) -> StorePath | None:
    """Return the store path with this last part in a store, or None if it is not that of a store path."""
    try:
        return StorePath.parse(f"{store}/{name.decode('ascii')}")
    except ValueError:
        return None


def path_named(name: bytes, store: str = STORE_DIR) -> StorePath | None:
    """Return the store path that contains an absolute name, or None."""
    prefix = os.fsencode(f"{store}/")
    return store_path(name[len(prefix) :].partition(b"/")[0], store) if name.startswith(prefix) else None


@dataclass(frozen=True, slots=True)
class FoundLayer:
    """An existing layer.

    Attributes:
        diff_id: of the uncompressed tar.
        paths: the store paths that it is the first to add, in the order of its tar.
        free: whether it consists of store paths that may be moved; all other layers stay as they are.
        repeats: whether it is the same as a free layer below, so that it can be left out.
        foreign: whether another program than nixpkgs' has made it.
    """

    diff_id: str
    paths: tuple[StorePath, ...]
    free: bool
    repeats: bool = False
    foreign: bool = False


def found_layers(
    diff_ids: Sequence[str], names: Sequence[StoreNames], there: Iterable[StorePath]
) -> tuple[FoundLayer, ...]:
    """Return the layers of an image, lowest first.

    A layer stays as it is if it contains anything but store paths, or files of several owners; if it has a
    store path that such a layer changes, or that is split between layers; or if a layer above hides the whole
    store.

    Args:
        diff_ids: of each layer.
        names: the effect of each layer on the store.
        there: the store paths that are visible with all layers.
    """
    shown = frozenset(there)
    holders: defaultdict[StorePath, list[int]] = defaultdict(list)
    for i, one in enumerate(names):
        for path in {*one.paths, *one.hidden}:
            holders[path].append(i)
    staying = _staying(diff_ids, names, holders, shown)
    owner = next((one.owner for i, one in enumerate(names) if i not in staying), None)
    others = [i for i, one in enumerate(names) if i not in staying and _differ(one.owner, owner)]
    _spread(staying, others, names, holders)
    seen: set[StorePath] = set()
    known: set[str] = set()
    found = []
    for i, (diff_id, one) in enumerate(zip(diff_ids, names, strict=True)):
        new = tuple(path for path in one.paths if path in shown and path not in seen)
        seen.update(new)
        free = i not in staying
        again = free and diff_id in known
        found.append(FoundLayer(diff_id, new, free and not again, again, one.foreign))
        if free:
            known.add(diff_id)
    return tuple(found)


def _staying(
    diff_ids: Sequence[str],
    names: Sequence[StoreNames],
    holders: dict[StorePath, list[int]],
    shown: frozenset[StorePath],
) -> set[int]:
    highest = max((i for i, one in enumerate(names) if one.hides_store), default=-1)
    first = [i for i, one in enumerate(names) if i <= highest or not one.only]
    first += [i for path, at in holders.items() if path not in shown for i in at]
    first += [i for at in holders.values() if len({diff_ids[i] for i in at}) > 1 for i in at]
    staying: set[int] = set()
    _spread(staying, first, names, holders)
    return staying


def _spread(
    staying: set[int], more: Iterable[int], names: Sequence[StoreNames], holders: dict[StorePath, list[int]]
) -> None:
    """Mark layers as staying, with those that have a store path in common with them."""
    pending = list(more)
    while pending:
        i = pending.pop()
        if i not in staying:
            staying.add(i)
            pending += (j for path in {*names[i].paths, *names[i].hidden} for j in holders[path])


def _differ(one: tuple[int, int, int] | None, other: tuple[int, int, int] | None) -> bool:
    return one is not None and other is not None and one[:2] != other[:2]


def store_paths(index: LayerIndex, store: str = STORE_DIR) -> dict[StorePath, int]:
    """Return the store paths that have files in a layer, with the bytes of these files, sorted."""
    prefix = os.fsencode(f"{store}/")
    sizes: dict[bytes, int] = {}
    top, below = b"", b"\0"  # no name has it; what is in a store path follows it
    for entry in index.entries:
        name = entry[0]
        if not name.startswith(below):
            if not name.startswith(prefix):
                continue
            top = name[len(prefix) :].partition(b"/")[0]
            below = prefix + top + b"/"
        if entry[1] not in TAKES:
            sizes[top] = sizes.get(top, 0) + entry[5]
    return {path: size for top, size in sorted(sizes.items()) if (path := store_path(top, store)) is not None}
