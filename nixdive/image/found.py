"""The layers of an image as they were found: which are made of store paths that can be laid out anew."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.image.store_names import StoreNames
    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class FoundLayer:
    """One layer as it was found.

    Attributes:
        diff_id: of the uncompressed tar.
        paths: the store paths that it brings first, in the order of its tar.
        free: whether it consists of store paths that may go elsewhere; all others stay as they are.
        repeats: whether it is the same as a free layer below, so that an image without it is no other.
    """

    diff_id: str
    paths: tuple[StorePath, ...]
    free: bool
    repeats: bool = False


def found_layers(
    diff_ids: Sequence[str], names: Sequence[StoreNames], there: Iterable[StorePath]
) -> tuple[FoundLayer, ...]:
    """Return the layers of an image, lowest first.

    A layer stays as it is if it holds anything but store paths, or files of several owners; if it has a
    store path that such a layer changes, or of which different layers have a part each; or if a layer above
    hides the store as a whole.

    Args:
        diff_ids: of each layer.
        names: what each layer has to do with the store.
        there: the store paths that all layers together show.
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
        found.append(FoundLayer(diff_id, new, free and not again, again))
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
    """Let layers stay, and those that have a store path in common with them."""
    pending = list(more)
    while pending:
        i = pending.pop()
        if i not in staying:
            staying.add(i)
            pending += (j for path in {*names[i].paths, *names[i].hidden} for j in holders[path])


def _differ(one: tuple[int, int, int] | None, other: tuple[int, int, int] | None) -> bool:
    return one is not None and other is not None and one[:2] != other[:2]
