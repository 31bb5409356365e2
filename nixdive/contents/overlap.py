"""Which names of an image are touched by more than one entry: all others are as simple as they look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.contents.entry import TAKES, EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.contents.layer_index import LayerIndex

_FEW = 32  # beginnings that a name is held against one by one
_MARK = b"/.wh."


@dataclass(frozen=True, slots=True)
class Touched:
    """Some names, and all that lie below certain ones of them.

    Attributes:
        names: the names themselves.
        above: those below which everything belongs to them.
        starts: the same, each with a slash behind it, if they are few.
    """

    names: frozenset[bytes]
    above: frozenset[bytes]
    starts: tuple[bytes, ...]

    @classmethod
    def of(cls, names: Iterable[bytes], above: Iterable[bytes] | None = None) -> Touched:
        """Return names with what lies below them; `above` says below which, if not below all."""
        all_names = frozenset(names)
        high = all_names if above is None else frozenset(above)
        few = len(high) <= _FEW
        return cls(all_names, high, tuple(name.rstrip(b"/") + b"/" for name in high) if few else ())

    def __bool__(self) -> bool:
        return bool(self.names)

    def __contains__(self, name: bytes) -> bool:
        if name in self.names:
            return True
        if len(self.above) <= _FEW:
            return name.startswith(self.starts)
        folder = name[: name.rfind(b"/")]
        while folder and folder not in self.above:
            folder = folder[: folder.rfind(b"/")]
        return bool(folder) or b"/" in self.above


def named(index: LayerIndex) -> bool:
    """Whether every name of a layer is the one that dive has for it: it leaves out leftovers of aufs."""
    return not index.takes and _MARK not in b"\0".join([entry[0] for entry in index.entries])


def touched(indexes: Sequence[LayerIndex]) -> Touched:
    """Return the names that several entries say something of, and all below those that may hide it.

    A name that is a directory wherever it is said is none of them.
    """
    files: set[bytes] = set()
    folders: set[bytes] = set()
    twice: set[bytes] = set()
    removed: set[bytes] = set()
    for index in indexes:
        if index.takes:
            removed |= {entry[0] for entry in index.entries if entry[1] in TAKES}
        folders |= index.parents
        folders.update([entry[0] for entry in index.entries if entry[1] is EntryKind.DIRECTORY])
        other = [entry[0] for entry in index.entries if entry[1] is not EntryKind.DIRECTORY]
        fresh = set(other)
        twice |= fresh & files
        if len(fresh) < len(other):  # the last entry of a name counts
            seen: set[bytes] = set()
            twice |= {name for name in other if name in seen or seen.add(name)}  # type: ignore[func-returns-value]
        files |= fresh
    turned = files & folders  # a directory in one place, and something else in another
    return Touched.of(twice | removed | turned, removed | turned)
