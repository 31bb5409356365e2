"""What is in a layer: one pass over its uncompressed tar, and nothing of it kept but the index."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

from nixdive.contents.layer_entry import NOTHING, EntryKind, LayerEntry
from nixdive.contents.names import absolute, below_root, parent_of, shown
from nixdive.contents.references import OVERLAP, HashFinder
from nixdive.contents.tar_header import BLOCK, parsed, pax_number, pax_records
from nixdive.contents.tar_stream import TarStream
from nixdive.errors import MalformedImageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.contents.tar_header import TarHeader

# more than any image has, few enough to hold
_MOST_ENTRIES = 2_000_000
_MOST_NAMES = 256 << 20
_MOST_IMPLIED = 64 << 20
_MOST_EXTENDED = 1 << 20
_ZEROS = bytes(BLOCK)
_WHITEOUT = b".wh."
_OPAQUE = b".wh..wh..opq"
_FILES = b"0\x007"
_KINDS = {
    b"0": EntryKind.FILE,
    b"\0": EntryKind.FILE,
    b"7": EntryKind.FILE,
    b"1": EntryKind.HARDLINK,
    b"2": EntryKind.SYMLINK,
    b"3": EntryKind.CHARACTER,
    b"4": EntryKind.BLOCK,
    b"5": EntryKind.DIRECTORY,
    b"6": EntryKind.FIFO,
}
_ODD = {
    b"S": "a sparse file of GNU tar",
    b"M": "the rest of a file from another volume",
    b"V": "the label of a volume",
    b"D": "a directory of an incremental GNU tar",
}


@dataclass(frozen=True)
class LayerIndex:
    """The entries of a layer, in the order of its tar.

    Attributes:
        entries: every entry; a name may come several times, then the last one holds.
        size: bytes of the uncompressed tar, what follows its end included.
        diff_id: what the uncompressed tar hashes to, sha256:<digits>.
    """

    entries: tuple[LayerEntry, ...]
    size: int
    diff_id: str

    @cached_property
    def files(self) -> int:
        """How many entries bring something that is no directory."""
        away = {EntryKind.DIRECTORY, EntryKind.WHITEOUT, EntryKind.OPAQUE}
        return sum(entry.kind not in away for entry in self.entries)

    @cached_property
    def file_bytes(self) -> int:
        """Bytes of the data of all files; headers and padding do not count."""
        return sum(entry.size for entry in self.entries)


def index_layer(pieces: Iterable[bytes], where: str, known: Iterable[bytes] = ()) -> LayerIndex:
    """Return the index of a layer.

    Memory is taken for the index and two pieces. Sums, hashes and decompression let other threads run, so
    that several layers can be indexed at once.

    Args:
        pieces: the uncompressed tar (ustar, PAX, GNU or star), in pieces of any length.
        where: the place, for messages.
        known: hash parts of store paths that count as references without /nix/store/ before them.

    Raises:
        MalformedImageError: it is no tar, is cut short, or holds what no layer may: sparse files, names that
            leave the root, more than two million entries.
    """
    stream = TarStream(pieces)
    reader = _Reader(stream, HashFinder(known))
    try:
        while reader.next():
            pass
    except EOFError:
        place = f" in the middle of {shown(reader.last)}" if reader.last else ""
        raise MalformedImageError(f"{where}: it ends too early{place}") from None
    except ValueError as error:
        raise MalformedImageError(f"{where}: it is no tar that can be read: {error}") from None
    return LayerIndex(tuple(reader.entries), *stream.finish())


class _Reader:
    """Reads member after member."""

    def __init__(self, stream: TarStream, finder: HashFinder) -> None:
        self.entries: list[LayerEntry] = []
        self.last = b""
        self._stream = stream
        self._finder = finder
        self._sets: dict[frozenset[bytes], frozenset[bytes]] = {}
        self._hashes: dict[bytes, bytes] = {}
        self._name_bytes = self._implied_bytes = 0
        self._folders = {b"/"}

    def next(self) -> bool:
        """Read one member with all headers that belong to it; return False at the end."""
        pax: dict[bytes, bytes] = {}
        name = link = None
        while True:
            header = self._header()
            if header is None:
                return False
            if header.flag == b"x":
                pax = pax_records(self._short(header))
            elif header.flag == b"g":
                self._short(header)  # defaults for all that follows; no engine heeds them
            elif header.flag == b"L":
                name = self._short(header).rstrip(b"\0")
            elif header.flag == b"K":
                link = self._short(header).rstrip(b"\0")
            else:
                break
        if name is not None or link is not None:
            header = header._replace(name=name or header.name, link=header.link if link is None else link)
        self._member(_overridden(header, pax) if pax else header)
        return True

    def _header(self) -> TarHeader | None:
        stream = self._stream
        if not stream.has(BLOCK):
            if len(stream.data) > stream.at:
                raise EOFError
            return None
        at = stream.at
        stream.at = at + BLOCK
        if stream.data[at] == 0 and stream.data[at : at + BLOCK] == _ZEROS:
            return None
        try:
            return parsed(stream.data, at)
        except ValueError as error:
            raise ValueError(f"{error} (at byte {stream.offset - BLOCK})") from None

    def _short(self, header: TarHeader) -> bytes:
        if header.size > _MOST_EXTENDED:
            raise ValueError("an extended header or a name has more than a MiB")
        stream = self._stream
        padded = header.size + -header.size % BLOCK
        if not stream.has(padded):
            raise EOFError
        data = stream.data[stream.at : stream.at + header.size]
        stream.at += padded
        return data

    def _member(self, header: TarHeader) -> None:
        self.last = header.name
        kind = _KINDS.get(header.flag)
        if kind is None:
            what = _ODD.get(header.flag, f"of an unknown type, {header.flag!r}")
            raise ValueError(f"{shown(header.name)} is {what}")
        if kind is EntryKind.FILE and header.name.endswith(b"/") and header.flag == b"\0":
            kind = EntryKind.DIRECTORY  # as tars before POSIX wrote them
        name = absolute(header.name)
        self._name_bytes += len(name) + len(header.link)
        if len(self.entries) >= _MOST_ENTRIES or self._name_bytes > _MOST_NAMES:
            raise ValueError(f"it has more than {_MOST_ENTRIES} entries, or names of more than 256 MiB")
        self._imply(name, kind)
        offset, size, target = self._stream.offset, 0, b""
        digest, found = b"", NOTHING
        if header.flag in _FILES:
            size = header.size
            digest, found = self._data(size)
        elif kind is EntryKind.SYMLINK:
            target = header.link
            found = self._kept(self._finder.find(target, 0, len(target)))
        elif kind is EntryKind.HARDLINK:
            target = below_root(header.link)
        meant = _meant(name, kind)
        if meant is None:
            return
        name, kind = meant
        if kind in {EntryKind.WHITEOUT, EntryKind.OPAQUE}:
            size = 0
        fields = (size, header.mtime, target, digest, offset, found)
        self.entries.append(LayerEntry(name, kind, header.mode, header.uid, header.gid, *fields))

    def _imply(self, name: bytes, kind: EntryKind) -> None:
        """Count the directories that a name implies and no entry brings: trees will have them all."""
        parent = parent_of(name)
        while parent not in self._folders:
            self._folders.add(parent)
            self._implied_bytes += len(parent)
            if self._implied_bytes > _MOST_IMPLIED:
                raise ValueError("its names imply directories with names of more than 64 MiB")
            parent = parent_of(parent)
        if kind is EntryKind.DIRECTORY:
            self._folders.add(name)

    def _data(self, size: int) -> tuple[bytes, frozenset[bytes]]:
        """Read a file's data and what pads them; return their digest and the hashes in them."""
        stream = self._stream
        start = stream.at
        stop = start + size
        padding = -size % BLOCK
        if stop + padding <= len(stream.data):  # most files lie in one piece
            stream.at = stop + padding
            digest = blake2b(memoryview(stream.data)[start:stop], digest_size=16).digest()
            return digest, self._kept(self._finder.find(stream.data, start, stop))
        hashed = blake2b(digest_size=16)
        found: set[bytes] = set()
        tail = b""
        for begin, end in stream.parts(size):
            hashed.update(memoryview(stream.data)[begin:end])
            found |= self._finder.find(stream.data, begin, end)
            seam = tail + stream.data[begin : min(end, begin + OVERLAP)]
            found |= self._finder.find(seam, 0, len(seam))
            tail = (tail + stream.data[max(begin, end - OVERLAP) : end])[-OVERLAP:]
        stream.skip(padding)
        return hashed.digest(), self._kept(found)

    def _kept(self, found: set[bytes]) -> frozenset[bytes]:
        """Return the set, one and the same for all files that have it."""
        if not found:
            return NOTHING
        hashes = self._hashes
        kept = frozenset(hashes.setdefault(one, one) for one in found)
        return self._sets.setdefault(kept, kept)


def _meant(name: bytes, kind: EntryKind) -> tuple[bytes, EntryKind] | None:
    """Return what an entry means by its name: itself, or what it takes away; None for what aufs left."""
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


def _overridden(header: TarHeader, pax: dict[bytes, bytes]) -> TarHeader:
    if any(keyword.startswith(b"GNU.sparse.") for keyword in pax):
        raise ValueError(f"{shown(pax.get(b'GNU.sparse.name', header.name))} is a sparse file")
    numbers = {
        field: pax_number(pax[keyword])
        for field, keyword in (("size", b"size"), ("uid", b"uid"), ("gid", b"gid"), ("mtime", b"mtime"))
        if pax.get(keyword)
    }
    if numbers.get("size", 0) < 0:
        raise ValueError("its size is negative")
    texts = {"name": pax.get(b"path") or header.name, "link": pax.get(b"linkpath") or header.link}
    return header._replace(**texts, **numbers)  # type: ignore[arg-type]  # each has the type of its field
