"""Which path of an earlier version a store path comes from: one rule for all that is carried on or compared.

A store path that stays is itself. Another one comes from one of the same package and output: of the same
version if there is one, else of the nearest series, the newest from the newest. Where the package is new, it
comes from one whose name has other numbers, as libpoppler140 from libpoppler126. No earlier path is taken
twice. Hashes decide only between paths of one name.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from nixdive.store.path import StorePath, name_and_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from nixdive.closure.closure import Closure

New = TypeVar("New", bound=str)
Old = TypeVar("Old", bound=str)
Key = TypeVar("Key", bound="Hashable")
One = TypeVar("One")

Part: TypeAlias = tuple[int, int, str]
"""A part of a version, as it sorts: its kind, the digits of a number, its text."""

_PARTS = re.compile(r"[0-9]+|[^0-9]+")
_EARLY = frozenset({"alpha", "beta", "pre", "rc"})  # they come before what they lead to
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_UNKNOWN = (4, 0, "")  # a version that a name leaves open counts as the newest
_KEPT = 2  # earlier versions, for each closure
_CAME: WeakKeyDictionary[Closure, dict[frozenset[str], Mapping[StorePath, str]]] = WeakKeyDictionary()
_DIGITS = 9  # the most that the number behind a name has


def origins(new: Iterable[New], old: Iterable[Old], *, renamed: bool = True) -> dict[New, Old]:
    """Return for each new path the earlier one that it comes from, where there is one.

    The other way round the pairs are the same.

    Args:
        new: store paths, or names as `names` gives them.
        old: those of the earlier version, in either form.
        renamed: whether a path may come from one whose name has other numbers.
    """
    known = {str(one): one for one in old}
    waiting = dict.fromkeys(new)
    pairs = {one: known[one] for one in waiting if one in known}
    fresh = [one for one in waiting if one not in pairs]
    gone = [one for one in known.values() if one not in waiting]
    for key in (_lineage, _family) if renamed else (_lineage,):
        before = _grouped(gone, key)
        for name, some in _grouped(fresh, key).items():
            if name in before:
                pairs |= _nearest(some, before[name])
        taken = set(pairs.values())
        fresh = [one for one in fresh if one not in pairs]
        gone = [one for one in gone if one not in taken]
    return pairs


def came_from(closure: Closure, old: Iterable[str]) -> Mapping[StorePath, str]:
    """Return `origins` for the paths of a closure; remembered for the earlier versions asked for last.

    Args:
        closure: the new version.
        old: store paths, or names as `names` gives them, of the earlier one.
    """
    known, before = _CAME.setdefault(closure, {}), dict.fromkeys(old)
    key = frozenset(before)
    if key not in known:
        while len(known) >= _KEPT:
            del known[next(iter(known))]
        known[key] = MappingProxyType(origins(closure.paths, before))
    return known[key]


def parts(version: str) -> tuple[Part, ...]:
    """Return what versions sort by: 1.9, 1.10-rc1, 1.10, 1.10a."""
    return (*map(_part, _PARTS.findall(version)), (1, 0, version))


def _part(text: str) -> Part:
    if text[0].isdecimal():
        digits = text.lstrip("0")  # compared as text: Python reads no numbers of thousands of digits
        return 3, len(digits), digits
    return (0 if text.strip("-._~+") in _EARLY else 2), 0, text


def _lineage(text: str) -> str:
    """Return package and output of a store path, or of the name of one."""
    return StorePath(text).lineage if text.startswith("/") else _Named.of(text).lineage


def _family(text: str) -> str:
    """Return the lineage but for its numbers."""
    return _NUMBERS.sub("0", _lineage(text))


class _Named(NamedTuple):
    """What a name says.

    Attributes:
        lineage: package and output.
        version: without the output; None where the name leaves it open.
        number: of several the newest has the lowest.
    """

    lineage: str
    version: str | None
    number: int

    @classmethod
    def of(cls, text: str) -> _Named:
        name, _, number = text.rpartition("#")
        if not (number.isdecimal() and len(number) <= _DIGITS):
            name, number = text, "1"
        lineage, at, version = name.partition("@")
        return cls(lineage, version if at else None, int(number))


class _Version(NamedTuple, Generic[New]):
    """A store path, or the name of one, as versions sort: the newest is last.

    Attributes:
        parts: those of the lineage, then those of the version.
        name: without hash and number.
        older: the number of the name, negative.
        text: the path or the name.
    """

    parts: tuple[Part, ...]
    name: str
    older: int
    text: New

    @classmethod
    def of(cls, text: New) -> _Version[New]:
        if text.startswith("/"):
            path = StorePath(text)
            return cls((*parts(path.lineage), *parts(path.release)), path.name, -1, text)
        lineage, version, number = _Named.of(text)
        ending = [_UNKNOWN] if version is None else parts(version)
        return cls((*parts(lineage), *ending), lineage, -number, text)


def _nearest(new: Sequence[New], old: Sequence[Old]) -> dict[New, Old]:
    """Return pairs until a side has no more: those first that agree in most parts; of these the newest."""
    if len(new) == len(old) == 1:
        return {new[0]: old[0]}
    pairs: dict[New, Old] = {}
    # the newest first
    fresh = sorted(map(_Version.of, new), reverse=True)
    gone = sorted(map(_Version.of, old), reverse=True)
    depth = max(*(len(one.parts) for one in fresh), *(len(one.parts) for one in gone))
    while fresh and gone:
        before = _agreeing(gone, depth)
        for start, some in _agreeing(fresh, depth).items():
            both = zip(some, before.get(start, ()), strict=False)
            pairs |= {one.text: other.text for one, other in both}
        taken = set(pairs.values())
        fresh = [one for one in fresh if one.text not in pairs]
        gone = [one for one in gone if one.text not in taken]
        depth -= 1
    return pairs


def _agreeing(some: Iterable[_Version[New]], depth: int) -> dict[tuple[Part, ...], list[_Version[New]]]:
    return _grouped(some, lambda one: one.parts[:depth])


def _grouped(some: Iterable[One], key: Callable[[One], Key]) -> dict[Key, list[One]]:
    found: defaultdict[Key, list[One]] = defaultdict(list)
    for one in some:
        found[key(one)].append(one)
    return found


def names(paths: Sequence[StorePath]) -> tuple[str, ...]:
    """Return a name for each path that does without its hash, no two alike.

    It is the path's lineage. Where several have the same one, as when an image holds two versions of a
    package, their versions stand behind it: openssl@3.0.14, openssl@1.1.1w. Where their versions are the same
    too, they are numbered: source, source#2.
    """
    named = [""] * len(paths)
    alike = _grouped(range(len(paths)), lambda i: paths[i].lineage)
    for lineage, found in alike.items():
        versioned = len(found) > 1 and any(paths[i].release for i in found)
        seen: Counter[str] = Counter()
        for i in sorted(found, key=lambda i: (paths[i].name, paths[i]), reverse=True):
            name = f"{lineage}@{paths[i].release}" if versioned else lineage
            seen[name] += 1
            named[i] = name if seen[name] == 1 else f"{name}#{seen[name]}"
    return tuple(named)


def names_of(
    paths: Iterable[StorePath], layers: Iterable[Sequence[StorePath]]
) -> tuple[tuple[str, ...], ...]:
    """Return layers by the names of their paths.

    Args:
        paths: all paths of the version.
        layers: which of them lie in each layer.
    """
    everyone = list(dict.fromkeys(paths))
    named = dict(zip(everyone, names(everyone), strict=True))
    return tuple(tuple(named[path] for path in layer) for layer in layers)


def resolved(layers: Sequence[Sequence[str]], paths: Iterable[StorePath]) -> tuple[tuple[str, ...], ...]:
    """Return layers with store paths in place of names, where an earlier version tells which they are.

    Args:
        layers: store paths and names as `names` gives them.
        paths: those of the version.
    """
    named = [name for layer in layers for name in layer if not name.startswith("/")]
    known = origins(named, paths) if named else {}
    return tuple(tuple(known.get(name, name) for name in layer) for layer in layers)


class Home(NamedTuple):
    """Where a path lay.

    Attributes:
        layer: the number of the layer.
        place: its place there.
    """

    layer: int
    place: int


def homes(closure: Closure, layers: Sequence[Sequence[str]]) -> dict[int, Home]:
    """Return for each path that comes from an earlier one where that lay; the paths by their indices.

    Args:
        closure: the new version.
        layers: what lay in each layer: store paths, or names as `names` gives them.
    """
    left = {name: Home(layer, at) for layer, found in enumerate(layers) for at, name in enumerate(found)}
    return {closure.index[path]: left[name] for path, name in came_from(closure, left).items()}


def layer_before(
    paths: Iterable[StorePath], came: Mapping[StorePath, StorePath], layer_of: Mapping[StorePath, int]
) -> tuple[int, int] | None:
    """Return the earlier layer that most paths of a layer come from, the lowest of several, and how many do.

    Args:
        paths: those of the layer.
        came: what `origins` gives.
        layer_of: for each earlier path its layer.
    """
    votes = Counter(layer_of[came[path]] for path in paths if path in came and came[path] in layer_of)
    return max(votes.items(), key=lambda one: (one[1], -one[0]), default=None)


@dataclass(frozen=True, slots=True)
class Change:
    """A store path that was replaced.

    Attributes:
        old: the path before.
        new: the path after.
        delta: bytes that the new one is larger.
    """

    old: StorePath
    new: StorePath
    delta: int

    @property
    def name(self) -> str:
        """What it is called now, like openssl-bin."""
        return self.new.lineage

    def words(self, arrow: str) -> str:
        """Return from what to what it changed, in a few words."""
        if self.old.lineage != self.new.lineage:
            return f"{self.old.name} {arrow} {self.new.version}".strip()
        if self.old.version == self.new.version:
            return f"{self.new.version} rebuilt".strip()
        return f"{self.old.version} {arrow} {self.new.version}".strip()


@dataclass(frozen=True, slots=True)
class Changes:
    """What came, what went, and what was replaced; each by name."""

    added: tuple[StorePath, ...]
    removed: tuple[StorePath, ...]
    changed: tuple[Change, ...]


def changes(old: Mapping[StorePath, int], new: Mapping[StorePath, int]) -> Changes:
    """Return what changed between two versions, given as store paths with their bytes."""
    pairs = origins(new, old)
    kept = set(pairs.values())
    changed = sorted(
        ((now, was) for now, was in pairs.items() if now != was), key=lambda one: name_and_hash(one[0])
    )
    return Changes(
        tuple(sorted((path for path in new if path not in pairs), key=name_and_hash)),
        tuple(sorted((path for path in old if path not in kept), key=name_and_hash)),
        tuple(Change(was, now, new[now] - old[was]) for now, was in changed),
    )
