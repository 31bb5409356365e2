"""`nixpkgs`: what dockerTools does today (auto-layer.py, since 2025)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary, proxy

from nixdive.closure.bits import gathered, mask_of, members, planes, weigh
from nixdive.layering.strategies import Group, Task
from nixdive.store.path import name_and_hash
from nixdive.words import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from nixdive.closure.closure import Closure


_AT_ONCE = 128  # paths whose needs and users are worked out together


def nixpkgs(task: Task) -> Sequence[Group]:
    """Lay out as nixpkgs' auto-layer.py does: the largest paths one after another claim what they need.

    Each path is owned by a set of such primaries; the paths with the same owners are a layer. The next
    largest path becomes a primary until there would be more layers than the limit. Layers with the smaller
    closure lie lower; nixpkgs leaves open which of equals is lower, here the smallest (name, hash) is.

    Excluded paths take part and count, and are taken out at the end, as nixpkgs does, so that there may
    be fewer layers than the limit. Pinned paths take no part, but what is needed through them is needed.
    """
    asked = task.free, task.excluded, task.limit
    known = _LAST.get(task.closure)
    if known is None or known.asked != asked:
        before = known.layers if known is not None and known.asked[1] == task.excluded else {}
        layers = _layers(task, before)
        in_order = sorted(filter(None, layers.values()), key=lambda layer: layer.rank)
        known = _Layout(asked, layers, tuple(layer.group for layer in in_order))
        _LAST[task.closure] = known
    return known.groups


class _Layer(NamedTuple):
    """A layer, and what it is sorted by: the bytes of what it needs, then name and hash of its first path."""

    rank: tuple[int, tuple[str, str]]
    group: Group


_Layers: TypeAlias = "Mapping[tuple[int, int], _Layer | None]"
"""Layers by the sets of their owners and paths; None where all paths are excluded."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """A layout, and what it was asked for: free and excluded paths, and the limit."""

    asked: tuple[Sequence[int], AbstractSet[int], int]
    layers: _Layers
    groups: Sequence[Group]


# `churn` looks at this layout, and the same one is what a plan is compared with; with one layer more, or
# another pin, most layers stay as they are
_LAST: WeakKeyDictionary[Closure, _Layout] = WeakKeyDictionary()


def _layers(task: Task, known: _Layers) -> _Layers:
    """Return the layers; those that are known are looked up."""
    closure = task.closure
    everyone = mask_of(task.free, len(closure)) | mask_of(task.excluded, len(closure))
    layers = list(_split(closure, everyone, task.limit).items())
    new = [layer for layer in layers if layer not in known]
    made: dict[tuple[int, int], _Layer | None] = dict.fromkeys(new)
    for layer, needed in zip(new, _needed(closure, [mask for _, mask in new]), strict=True):
        owners, mask = layer
        if kept := closure.ordered(i for i in members(mask) if i not in task.excluded):
            rank = weigh(needed, _primaries_of(closure).size_planes), name_and_hash(closure.paths[kept[0]])
            made[layer] = _Layer(rank, Group(kept, _reason(closure, members(owners), kept)))
    return {layer: made[layer] if layer in made else known[layer] for layer in layers}


@dataclass(frozen=True, slots=True)
class _Primary:
    """A large path as a set of one, with the sets of what it needs and of what needs it, near and far."""

    itself: int
    needs: int
    users: int


def _split(closure: Closure, everyone: int, limit: int) -> Mapping[int, int]:
    """Return the layers: the set of owners, and the set of the paths they own."""
    layers = {0: everyone} if everyone else {}
    for primary in _primaries(closure, everyone):
        finer = _claim(layers, primary)
        if len(finer) > limit:
            break
        layers = finer
    return layers


def _primaries(closure: Closure, everyone: int) -> Iterator[_Primary]:
    """Yield the largest paths, the largest first; each makes one layer more at least."""
    known = _primaries_of(closure)
    for number in range(len(closure)):
        primary = known[number]
        if primary.itself & everyone:
            yield primary


class _Primaries:
    """The largest paths of a closure, worked out some at a time: budgets and pins change nothing of them.

    Attributes:
        size_planes: the NAR bytes of all paths, as `weigh` takes them.
    """

    def __init__(self, closure: Closure) -> None:
        sizes = closure.nar_sizes
        self.size_planes = planes(sizes)
        self._closure = proxy(closure)
        self._ranked = sorted(range(len(closure)), key=lambda i: (sizes[i], i), reverse=True)
        self._found: list[_Primary] = []

    def __getitem__(self, number: int) -> _Primary:
        while number >= len(self._found):
            start = len(self._found)
            sets = [1 << i for i in self._ranked[start : start + _AT_ONCE]]
            both = zip(sets, _needed(self._closure, sets), _using(self._closure, sets), strict=True)
            self._found += [_Primary(one, needs & ~one, users & ~one) for one, needs, users in both]
        return self._found[number]


_PRIMARIES: WeakKeyDictionary[Closure, _Primaries] = WeakKeyDictionary()


def _primaries_of(closure: Closure) -> _Primaries:
    known = _PRIMARIES.get(closure)
    if known is None:
        known = _PRIMARIES[closure] = _Primaries(closure)
    return known


def _needed(closure: Closure, sets: Sequence[int]) -> Sequence[int]:
    """Return for each set of paths the set of them and of what they need, near and far."""
    return _reached(closure.referrers, closure.topological[::-1], sets)


def _using(closure: Closure, sets: Sequence[int]) -> Sequence[int]:
    """Return for each set of paths the set of them and of what needs them, near and far."""
    return _reached(closure.references, closure.topological, sets)


def _reached(rows: Sequence[Sequence[int]], order: Sequence[int], sets: Sequence[int]) -> Sequence[int]:
    """Return for each set of paths the set of it and of those from which rows lead to it.

    The sets are few and the paths many, so that each path has a set of sets.
    """
    marks = [0] * len(rows)
    for number, one in enumerate(sets):
        for i in members(one):
            marks[i] |= 1 << number
    found = planes(gathered(rows, order, marks))
    return (*found, *[0] * (len(sets) - len(found)))


def _claim(layers: Mapping[int, int], primary: _Primary) -> dict[int, int]:
    finer: dict[int, int] = {primary.itself: primary.itself}
    for owners, mask in layers.items():
        claimed = mask & primary.needs
        rest = mask & ~(claimed | primary.itself)
        if rest:
            finer[owners] = finer.get(owners, 0) | rest
        if claimed:
            heirs = owners & ~primary.users
            if not heirs & primary.needs:
                heirs |= primary.itself
            finer[heirs] = finer.get(heirs, 0) | claimed
    return finer


def _reason(closure: Closure, owners: Sequence[int], kept: Sequence[int]) -> str:
    if not owners:
        return f"the rest: {counted(len(kept), 'path')}"
    if len(owners) > 2:
        return f"needed by {len(owners)} large paths"
    names = listed(closure.paths[i].package for i in owners)
    if len(owners) == 2 or owners[0] not in kept:
        return f"needed by {names}"
    more = len(kept) - 1
    return f"large path: {names}" + (f" and {more} it needs" if more else "")
