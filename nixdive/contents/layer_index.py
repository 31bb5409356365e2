"""The contents of a layer: one pass over its uncompressed tar, of which only the index is kept.

What is asked of the data of its files decides how much is read: if nothing is, and the tar is in a file, its
headers alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Flag, auto
from functools import cached_property
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING

from nixdive.bounds import most, over
from nixdive.contents.entry import NOTHING, TAKES, EntryKind, LayerEntry, stretches
from nixdive.contents.names import absolute, below_root, parent_of, shown
from nixdive.contents.references import HashFinder
from nixdive.contents.skim import skim
from nixdive.contents.tar import Pieces, TarReader
from nixdive.errors import MalformedImageError
from nixdive.store.path import STORE_DIR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from hashlib import _Hash as Hash

    from nixdive.contents.tar_header import TarMember

# more than any image has, few enough to keep in memory
_ZEROS = bytes(1 << 20)
_WHITEOUT = b".wh."
_OPAQUE = b".wh..wh..opq"
_DOT = ord(".")
_SHORT = 4096  # bytes of a name; Linux: PATH_MAX
_made = tuple.__new__  # what LayerEntry(...) does, in half of the time


class Facts(Flag):
    """What an index says beyond names, sizes and other fields of headers; all of it is in the data."""

    NONE = 0
    REFERENCES = auto()  # the hash parts of store paths in files
    DIGESTS = auto()  # of files
    DIFF_ID = auto()  # the digest of the whole tar
    ALL = REFERENCES | DIGESTS | DIFF_ID


@dataclass(frozen=True)
class LayerIndex:
    """The entries of a layer, in the order of its tar.

    Attributes:
        entries: every entry; if a name is repeated, the last one counts. Digests and references are empty if
            they were not asked for.
        size: bytes of the uncompressed tar, including anything after its end.
        diff_id: the digest of the uncompressed tar, sha256:<digits>; empty if it was not asked for.
        fault: why the layer cannot be read, or empty; one that cannot be read has no entries and no size.
        facts: what was asked of the data of its files.
    """

    entries: tuple[LayerEntry, ...]
    size: int
    diff_id: str
    fault: str = ""
    facts: Facts = Facts.NONE

    @classmethod
    def unreadable(cls, fault: str) -> LayerIndex:
        """Return the index of a layer that cannot be read."""
        return cls((), 0, "", fault)

    @cached_property
    def kinds(self) -> Mapping[EntryKind, int]:
        """How many entries there are of each kind that occurs."""
        return Counter([entry[1] for entry in self.entries])

    @property
    def takes(self) -> bool:
        """Whether it removes files of lower layers."""
        return not TAKES.isdisjoint(self.kinds)

    @cached_property
    def parents(self) -> frozenset[bytes]:
        """All directories above some entry, except the root."""
        found: set[bytes] = set()
        for folder in {entry[0][: entry[0].rfind(b"/")] for entry in self.entries}:
            above = folder
            while above and above not in found:
                found.add(above)
                above = above[: above.rfind(b"/")]
        return frozenset(found)

    @cached_property
    def files(self) -> int:
        """How many entries bring something that is not a directory."""
        away = (EntryKind.DIRECTORY, *TAKES)
        return len(self.entries) - sum(self.kinds.get(kind, 0) for kind in away)

    @cached_property
    def file_bytes(self) -> int:
        """Bytes of the data of all files; headers and padding do not count."""
        return sum([entry[5] for entry in self.entries])


def unread(indexes: Iterable[LayerIndex]) -> dict[int, str]:
    """Return the layers that cannot be read, by their places from 0, with the cause of each."""
    return {i: index.fault for i, index in enumerate(indexes) if index.fault}


def index_layer(
    pieces: Iterable[bytes],
    where: str,
    store: str = STORE_DIR,
    facts: Facts = Facts.ALL,
) -> LayerIndex:
    """Return the index of a layer.

    Memory is used for the index and two pieces. Checksums, hashes and decompression release the
    interpreter's lock, so that several layers can be indexed at once.

    Args:
        pieces: the uncompressed tar, in pieces of any length.
        where: the place, for messages.
        store: the directory of the store.
        facts: what is asked of the data.

    Raises:
        MalformedImageError: it is not a tar, is cut short, or contains what no layer may: names outside the
            root, members of an unknown type, more than two million entries.
    """
    whole = sha256() if Facts.DIFF_ID in facts else None

    def hashed(whole: Hash) -> Iterator[bytes]:
        for piece in pieces:
            whole.update(piece)
            yield piece

    window = Pieces(pieces if whole is None else hashed(whole))
    finder = HashFinder(store) if Facts.REFERENCES in facts else None
    index = _Index(TarReader(window, where), finder, digests=Facts.DIGESTS in facts)
    index.read()
    size = window.finish()
    diff_id = "" if whole is None else f"sha256:{whole.hexdigest()}"
    return LayerIndex(tuple(index.entries), size, diff_id, facts=facts)


def index_headers(reader: TarReader, size: int) -> LayerIndex:
    """Return the entries of a layer from its headers alone: its reader skips all data that it can skip.

    Args:
        reader: of its tar.
        size: bytes of the tar.

    Raises:
        MalformedImageError: as `index_layer`.
    """
    index = _Index(reader)
    index.read()
    return LayerIndex(tuple(index.entries), size, "")


class _Index:
    """Builds the index.

    Args:
        reader: the tar.
        finder: finds references in data; None if they are not asked for.
        digests: whether the digests of files are asked for.
    """

    def __init__(self, reader: TarReader, finder: HashFinder | None = None, *, digests: bool = False) -> None:
        self._reader = reader
        self._digests = digests
        self._reads = digests or finder is not None
        self.entries: list[LayerEntry] = []
        self._window = reader.window
        self._finder = finder
        self._sets: dict[frozenset[bytes], frozenset[bytes]] = {}
        self._hashes: dict[bytes, bytes] = {}
        self._implied_bytes, self._most_implied = 0, most("implied-folders")
        self._zeros, self._most_zeros = 0, most("holes")
        self._folders = {b"/"}
        self._known: dict[bytes, bytes] = {}  # directories as they are written, with their absolute names

    def read(self) -> None:
        """Read the whole tar; raises MalformedImageError."""
        reader = self._reader
        try:
            if self._reads:
                for member in reader:
                    self._add(member)
                return
            skim(reader, self.entries, self._known, self._folders)
            while (odd := reader.next()) is not None:
                self._add(odd)
                skim(reader, self.entries, self._known, self._folders)
        except ValueError as error:
            raise MalformedImageError(f"{self._reader.where}: {error}") from None

    def _add(self, member: TarMember) -> None:
        """Read the data of a member and record its entry; raises ValueError with the cause."""
        name, _, kind, mode, uid, gid, size, mtime, target, _, start, _, extents = member
        if kind is None:
            raise ValueError(f"{shown(name)} is {member.oddity}")
        name = self._placed(name, kind)
        digest, found = b"", NOTHING
        if kind is EntryKind.FILE:
            target = b""
            if self._reads:
                digest, found = self._data(member) if extents is None else self._sparse(member)
        elif kind is EntryKind.SYMLINK:
            found = self._kept(self._find(target, 0, len(target)))
        else:
            target = below_root(target) if kind is EntryKind.HARDLINK else b""
        if _WHITEOUT in name:
            meant = _meant(name, kind)
            if meant is None:
                return
            name, kind = meant
            size = 0 if kind in TAKES else size
        fields = (name, kind, mode, uid, gid, size, mtime, target, digest, start, found, extents)
        self.entries.append(_made(LayerEntry, fields))

    def _placed(self, name: bytes, kind: EntryKind) -> bytes:
        """Return the absolute name of a member, and count the directories that it implies but no entry has.

        Trees will contain all of them. What is right in a directory that is known needs no further look.
        """
        raw = name.rstrip(b"/") if kind is EntryKind.DIRECTORY else name
        folder, _, base = raw.rpartition(b"/")
        known = self._known.get(folder)
        if known is not None and base and base[0] != _DOT and b"\0" not in base and len(raw) < _SHORT:
            found = known + base
        else:
            found = absolute(name)
            parent = parent_of(found)
            if len(found) < _SHORT and found != b"/":
                self._known[folder] = parent if parent == b"/" else parent + b"/"
            while parent not in self._folders:
                self._folders.add(parent)
                self._implied_bytes += len(parent)
                if self._implied_bytes > self._most_implied:
                    raise ValueError(
                        over("implied-folders", "its names imply directories with names of more than {}")
                    )
                parent = parent_of(parent)
        if kind is EntryKind.DIRECTORY:
            self._folders.add(found)
        return found

    def _data(self, member: TarMember) -> tuple[bytes, frozenset[bytes]]:
        """Read a file's data; return their digest and the hashes in them, as far as they are asked for."""
        window = self._window
        start = window.at
        stop = start + member.stored
        if stop <= len(window.data):  # most files are in one piece
            window.at = stop
            digest = b""
            if self._digests:
                digest = blake2b(memoryview(window.data)[start:stop], digest_size=16).digest()
            return digest, self._kept(self._find(window.data, start, stop))
        hashed = blake2b(digest_size=16)
        found = self._found(member.stored, hashed)
        return self._digest(hashed), self._kept(found)

    def _sparse(self, member: TarMember) -> tuple[bytes, frozenset[bytes]]:
        """Read a sparse file as if its holes were zeros, unless they are far too large."""
        hashed = blake2b(digest_size=16)
        found: set[bytes] = set()
        for count, at in stretches(member.start, member.size, member.extents):
            if at is not None:
                found |= self._found(count, hashed)
            elif not self._digests:
                continue
            elif (self._zeros + count) <= self._most_zeros:
                self._zeros += count
                for done in range(0, count, len(_ZEROS)):
                    hashed.update(memoryview(_ZEROS)[: count - done])
            else:
                hashed.update(b"%d zeros" % count)
        return self._digest(hashed), self._kept(found)

    def _found(self, size: int, hashed: blake2b) -> set[bytes]:
        """Read data that may span several pieces, hash them, and return the hash parts in them."""
        window, finder = self._window, self._finder
        found: set[bytes] = set()
        tail = b""
        for begin, end in self._reader.parts(size):
            if self._digests:
                hashed.update(memoryview(window.data)[begin:end])
            if finder is not None:
                found |= finder.find(window.data, begin, end)
                seam = tail + window.data[begin : min(end, begin + finder.overlap)]
                found |= finder.find(seam, 0, len(seam))
                tail = (tail + window.data[max(begin, end - finder.overlap) : end])[-finder.overlap :]
        return found

    def _digest(self, hashed: blake2b) -> bytes:
        return hashed.digest() if self._digests else b""

    def _find(self, data: bytes, start: int, stop: int) -> set[bytes]:
        return set() if self._finder is None else self._finder.find(data, start, stop)

    def _kept(self, found: set[bytes]) -> frozenset[bytes]:
        """Return the set, one shared object for all files that have it."""
        if not found:
            return NOTHING
        hashes = self._hashes
        kept = frozenset(hashes.setdefault(one, one) for one in found)
        return self._sets.setdefault(kept, kept)


def _meant(name: bytes, kind: EntryKind) -> tuple[bytes, EntryKind] | None:
    """Return the name and kind that an entry stands for; None for leftovers of aufs."""
    folder, _, base = name.rpartition(b"/")
    if base == _OPAQUE:
        return folder or b"/", EntryKind.OPAQUE
    if base.startswith(_WHITEOUT + _WHITEOUT):
        return None
    if base.startswith(_WHITEOUT):
        return folder + b"/" + base.removeprefix(_WHITEOUT), EntryKind.WHITEOUT
    return name, kind
