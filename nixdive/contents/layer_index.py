"""The contents of a layer: one pass over its uncompressed tar, of which only the index is kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING

from nixdive.contents.entry import NOTHING, TAKES, EntryKind, LayerEntry, stretches
from nixdive.contents.names import absolute, below_root, parent_of, shown
from nixdive.contents.references import HashFinder
from nixdive.contents.tar import Pieces, TarReader
from nixdive.errors import MalformedImageError
from nixdive.store.path import STORE_DIR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nixdive.contents.tar_header import TarMember

# more than any image has, few enough to keep in memory
_MOST_IMPLIED = 64 << 20
_MOST_ZEROS = 1 << 32  # in the holes of a layer's sparse files, which are hashed as if they were data
_ZEROS = bytes(1 << 20)
_WHITEOUT = b".wh."
_OPAQUE = b".wh..wh..opq"


@dataclass(frozen=True)
class LayerIndex:
    """The entries of a layer, in the order of its tar.

    Attributes:
        entries: every entry; if a name is repeated, the last one counts.
        size: bytes of the uncompressed tar, including anything after its end.
        diff_id: the digest of the uncompressed tar, sha256:<digits>.
        fault: why the layer cannot be read, or empty; one that cannot be read has no entries and no size.
    """

    entries: tuple[LayerEntry, ...]
    size: int
    diff_id: str
    fault: str = ""

    @classmethod
    def unreadable(cls, fault: str) -> LayerIndex:
        """Return the index of a layer that cannot be read."""
        return cls((), 0, "", fault)

    @cached_property
    def files(self) -> int:
        """How many entries bring something that is not a directory."""
        away = {EntryKind.DIRECTORY, *TAKES}
        return sum(entry.kind not in away for entry in self.entries)

    @cached_property
    def file_bytes(self) -> int:
        """Bytes of the data of all files; headers and padding do not count."""
        return sum(entry.size for entry in self.entries)


def unread(indexes: Iterable[LayerIndex]) -> dict[int, str]:
    """Return the layers that cannot be read, by their places from 0, with the cause of each."""
    return {i: index.fault for i, index in enumerate(indexes) if index.fault}


def index_layer(
    pieces: Iterable[bytes], where: str, known: Iterable[bytes] = (), store: str = STORE_DIR
) -> LayerIndex:
    """Return the index of a layer.

    Memory is used for the index and two pieces. Checksums, hashes and decompression release the
    interpreter's lock, so that several layers can be indexed at once.

    Args:
        pieces: the uncompressed tar, in pieces of any length.
        where: the place, for messages.
        known: hash parts of store paths that count as references even without the store's name before them.
        store: the directory of the store.

    Raises:
        MalformedImageError: it is not a tar, is cut short, or contains what no layer may: names outside the
            root, members of an unknown type, more than two million entries.
    """
    whole = sha256()

    def hashed() -> Iterator[bytes]:
        for piece in pieces:
            whole.update(piece)
            yield piece

    window = Pieces(hashed())
    index = _Index(TarReader(window, where), HashFinder(known, store))
    index.read()
    return LayerIndex(tuple(index.entries), window.finish(), f"sha256:{whole.hexdigest()}")


def index_headers(reader: TarReader) -> LayerIndex:
    """Return the entries of a layer from its headers alone: no data are read or hashed.

    Digests and references are empty, and so are the size and the diff_id of the tar.

    Raises:
        MalformedImageError: as `index_layer`.
    """
    index = _Index(reader, None)
    index.read()
    return LayerIndex(tuple(index.entries), 0, "")


class _Index:
    """Builds the index.

    Args:
        reader: the tar.
        finder: finds references in data; None where data are not read.
    """

    def __init__(self, reader: TarReader, finder: HashFinder | None) -> None:
        self._reader = reader
        self.entries: list[LayerEntry] = []
        self._window = reader.window
        self._finder = finder
        self._sets: dict[frozenset[bytes], frozenset[bytes]] = {}
        self._hashes: dict[bytes, bytes] = {}
        self._implied_bytes = 0
        self._zeros = 0
        self._folders = {b"/"}

    def read(self) -> None:
        """Read the whole tar; raises MalformedImageError."""
        for member in self._reader:
            try:
                self._add(member)
            except ValueError as error:
                raise MalformedImageError(f"{self._reader.where}: {error}") from None

    def _add(self, member: TarMember) -> None:
        """Read the data of a member and record its entry; raises ValueError with the cause."""
        kind, finder = member.kind, self._finder
        if kind is None:
            raise ValueError(f"{shown(member.name)} is {member.oddity}")
        name = absolute(member.name)
        self._imply(name, kind)
        size, target = 0, b""
        digest, found = b"", NOTHING
        if kind is EntryKind.FILE:
            size = member.size
            if finder is not None:
                read = self._data if member.extents is None else self._sparse
                digest, found = read(member, finder)
        elif kind is EntryKind.SYMLINK:
            target = member.link
            if finder is not None:
                found = self._kept(finder.find(target, 0, len(target)))
        elif kind is EntryKind.HARDLINK:
            target = below_root(member.link)
        meant = _meant(name, kind)
        if meant is None:
            return
        name, kind = meant
        if kind in TAKES:
            size = 0
        fields = (size, member.mtime, target, digest, member.start, found, member.extents)
        self.entries.append(LayerEntry(name, kind, member.mode, member.uid, member.gid, *fields))

    def _imply(self, name: bytes, kind: EntryKind) -> None:
        """Count the directories that a name implies but no entry has: trees will contain them all."""
        parent = parent_of(name)
        while parent not in self._folders:
            self._folders.add(parent)
            self._implied_bytes += len(parent)
            if self._implied_bytes > _MOST_IMPLIED:
                raise ValueError("its names imply directories with names of more than 64 MiB")
            parent = parent_of(parent)
        if kind is EntryKind.DIRECTORY:
            self._folders.add(name)

    def _data(self, member: TarMember, finder: HashFinder) -> tuple[bytes, frozenset[bytes]]:
        """Read a file's data; return their digest and the hashes in them."""
        window = self._window
        start = window.at
        stop = start + member.stored
        if stop <= len(window.data):  # most files are in one piece
            window.at = stop
            digest = blake2b(memoryview(window.data)[start:stop], digest_size=16).digest()
            return digest, self._kept(finder.find(window.data, start, stop))
        hashed = blake2b(digest_size=16)
        found = self._found(member.stored, finder, hashed)
        return hashed.digest(), self._kept(found)

    def _sparse(self, member: TarMember, finder: HashFinder) -> tuple[bytes, frozenset[bytes]]:
        """Read a sparse file as if its holes were zeros, unless they are far too large."""
        hashed = blake2b(digest_size=16)
        found: set[bytes] = set()
        for count, at in stretches(member.start, member.size, member.extents):
            if at is not None:
                found |= self._found(count, finder, hashed)
            elif (self._zeros + count) <= _MOST_ZEROS:
                self._zeros += count
                for done in range(0, count, len(_ZEROS)):
                    hashed.update(memoryview(_ZEROS)[: count - done])
            else:
                hashed.update(b"%d zeros" % count)
        return hashed.digest(), self._kept(found)

    def _found(self, size: int, finder: HashFinder, hashed: blake2b) -> set[bytes]:
        """Read data that may span several pieces, hash them, and return the hash parts in them."""
        window = self._window
        found: set[bytes] = set()
        tail = b""
        for begin, end in self._reader.parts(size):
            hashed.update(memoryview(window.data)[begin:end])
            found |= finder.find(window.data, begin, end)
            seam = tail + window.data[begin : min(end, begin + finder.overlap)]
            found |= finder.find(seam, 0, len(seam))
            tail = (tail + window.data[max(begin, end - finder.overlap) : end])[-finder.overlap :]
        return found

    def _kept(self, found: set[bytes]) -> frozenset[bytes]:
        """Return the set, one shared object for all files that have it."""
        if not found:
            return NOTHING
        hashes = self._hashes
        kept = frozenset(hashes.setdefault(one, one) for one in found)
        return self._sets.setdefault(kept, kept)


def _meant(name: bytes, kind: EntryKind) -> tuple[bytes, EntryKind] | None:
    """Return the name and kind that an entry stands for; None for leftovers of aufs."""
    if _WHITEOUT not in name:
        return name, kind
    folder, _, base = name.rpartition(b"/")
    if base == _OPAQUE:
        return folder or b"/", EntryKind.OPAQUE
    if base.startswith(_WHITEOUT + _WHITEOUT):
        return None
    if base.startswith(_WHITEOUT):
        return folder + b"/" + base.removeprefix(_WHITEOUT), EntryKind.WHITEOUT
    return name, kind
