"""Tar headers as Python's tarfile writes them in PAX format since 3.8, which is what nixpkgs' layers have.

Source of the format: POSIX.1-2017, pax. Where the standard leaves a choice (order of the records,
digits, what an overflowing field holds) the choice is tarfile's, because the digest of a layer hangs on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zlib import adler32

from nixdive.contents.entry import FileEntry, Kind

if TYPE_CHECKING:
    from nixdive.image.oci.spec import Stamp

BLOCK = 512
RECORD = 10_240
_MOST_SIZE = 8**11
_MOST_ID = 8**7
_ZEROS = bytes(BLOCK)
Records = list[tuple[bytes, bytes]]


class Owner(NamedTuple):
    """Everything in a header that is the same for all entries of one tar."""

    mtime: int
    uid: int
    gid: int
    uname: bytes
    gname: bytes

    @classmethod
    def of(cls, stamp: Stamp) -> Owner:
        """Return the owner that a stamp describes."""
        uname, gname = (text.encode("utf-8", "surrogateescape") for text in (stamp.uname, stamp.gname))
        return cls(stamp.mtime, stamp.uid, stamp.gid, uname, gname)


class HeaderMaker:
    """Makes the headers of one tar.

    Args:
        owner: what all entries share.
    """

    def __init__(self, owner: Owner) -> None:
        # records of the extended header that every entry needs, as tarfile puts them: before and after size
        self._named, named_ids = _owner_records(owner)
        self._late = _late_records(owner)
        self._always = bool(self._named or named_ids or self._late)
        self._ids = named_ids
        uid = owner.uid if 0 <= owner.uid < _MOST_ID else 0
        gid = owner.gid if 0 <= owner.gid < _MOST_ID else 0
        self._after_mode = b"%07o\0%07o\0" % (uid, gid)
        self._after_size = b"\0%011o\0" % (owner.mtime if 0 <= owner.mtime < _MOST_SIZE else 0)
        uname, gname = (_ascii(text)[:32].ljust(32, b"\0") for text in (owner.uname, owner.gname))
        self._tail = b"ustar\x0000" + uname + gname + bytes(8 + 8 + 155 + 12)
        self._modes: dict[tuple[int, Kind], tuple[bytes, int]] = {}

    def header(self, name: bytes, kind: Kind, mode: int, size: int = 0, target: bytes = b"") -> bytes:
        """Return the header of one entry, with the extended header before it where it needs one.

        Args:
            name: the name in the tar; that of a directory ends in a slash.
            kind: file, directory or link.
            mode: permission bits.
            size: bytes of data that follow.
            target: the target of a symbolic link.
        """
        if self._plain(name, size, target):
            return self._ustar(name, kind, mode, size, target)
        records = self._records(name, size, target)
        shown = size if size < _MOST_SIZE else 0
        return extended(records) + self._ustar(_ascii(name)[:100], kind, mode, shown, _ascii(target)[:100])

    def _records(self, name: bytes, size: int, target: bytes) -> Records:
        records = []
        if _needs_record(name, 100):
            records.append((b"path", name))
        if _needs_record(target, 100):
            records.append((b"linkpath", target))
        records += self._named
        records += self._ids
        if size >= _MOST_SIZE:
            records.append((b"size", b"%d" % size))
        records += self._late
        return records

    def _plain(self, name: bytes, size: int, target: bytes) -> bool:
        return (
            not self._always
            and len(name) <= 100
            and name.isascii()
            and len(target) <= 100
            and target.isascii()
            and size < _MOST_SIZE
        )

    def entry_size(self, entry: FileEntry) -> int:
        """Return the bytes of an entry's header, quicker than by making it."""
        name = _full_name(entry)
        if self._plain(name, entry.size, entry.target):
            return BLOCK
        return extended_size(self._records(name, entry.size, entry.target)) + BLOCK

    def entry(self, entry: FileEntry) -> bytes:
        """Return the header of a file entry under its absolute name."""
        return self.header(_full_name(entry), entry.kind, entry.mode, entry.size, entry.target)

    def _ustar(self, name: bytes, kind: Kind, mode: int, size: int, target: bytes) -> bytes:
        middle = self._modes.get((mode, kind))
        if middle is None:
            text = b"%07o\0" % mode + self._after_mode
            rest = self._after_size + b" " * 8 + kind.value + self._tail
            middle = self._modes[mode, kind] = (text, _sum(text) + _sum(rest))
        digits = b"%011o" % size
        check = middle[1] + _sum(name) + _sum(digits) + _sum(target)
        return b"".join(
            (
                name.ljust(100, b"\0"),
                middle[0],
                digits,
                self._after_size,
                b"%06o\0 " % check,
                kind.value,
                target.ljust(100, b"\0"),
                self._tail,
            )
        )


def _full_name(entry: FileEntry) -> bytes:
    return entry.name + b"/" if entry.kind is Kind.DIRECTORY else entry.name


def _sum(text: bytes) -> int:
    # Adler-32's low half is 1 + the sum of the bytes modulo 65521, and ASCII in a header never reaches that
    return (adler32(text) & 0xFFFF) - 1


# the header block of an extended header, around its size and its checksum
_PAX_HEAD = b"././@PaxHeader".ljust(100, b"\0") + b"0000000\0" * 3
_PAX_TIME = b"\00000000000000\0"
_PAX_TAIL = b"x" + bytes(100) + b"ustar\x0000" + bytes(32 + 32 + 8 + 8 + 155 + 12)
_PAX_SUM = _sum(_PAX_HEAD) + _sum(_PAX_TIME) + _sum(b" " * 8) + _sum(_PAX_TAIL)


def _needs_record(text: bytes, most: int) -> bool:
    # tarfile counts characters, and undecodable bytes as one each
    return not text.isascii() or len(text) > most


def _ascii(text: bytes) -> bytes:
    return text if text.isascii() else text.decode("utf-8", "surrogateescape").encode("ascii", "replace")


def _owner_records(owner: Owner) -> tuple[list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]]:
    names = [
        (key, text)
        for key, text in ((b"uname", owner.uname), (b"gname", owner.gname))
        if _needs_record(text, 32)
    ]
    ids = [
        (key, b"%d" % value)
        for key, value in ((b"uid", owner.uid), (b"gid", owner.gid))
        if not 0 <= value < _MOST_ID
    ]
    return names, ids


def _late_records(owner: Owner) -> list[tuple[bytes, bytes]]:
    return [] if 0 <= owner.mtime < _MOST_SIZE else [(b"mtime", b"%d" % owner.mtime)]


def extended(records: Records) -> bytes:
    """Return a PAX extended header with these records: a header block of type x and the records' blocks."""
    data = _joined(records)
    size = b"%011o" % len(data)
    check = b"%06o\0 " % (_PAX_SUM + _sum(size))
    return b"".join((_PAX_HEAD, size, _PAX_TIME, check, _PAX_TAIL, data, _ZEROS[: -len(data) % BLOCK]))


def extended_size(records: Records) -> int:
    """Return the bytes of the extended header with these records."""
    size = len(_joined(records))
    return BLOCK + size + -size % BLOCK


def _joined(records: Records) -> bytes:
    if any(not (value.isascii() or _is_utf8(value)) for _, value in records):
        records = [(b"hdrcharset", b"BINARY"), *records]
    return b"".join([record(key, value) for key, value in records])


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def record(key: bytes, value: bytes) -> bytes:
    """Return a record of a PAX extended header."""
    # the length at the front counts its own digits
    rest = len(key) + len(value) + 3
    length = rest + len(str(rest))
    if len(str(length)) > len(str(rest)):
        length = rest + len(str(length))
    return b"%d %b=%b\n" % (length, key, value)


def padding(size: int) -> bytes:
    """Return the zeros that pad data of so many bytes to a whole block."""
    return _ZEROS[: -size % BLOCK]


def end(size: int) -> bytes:
    """Return what ends a tar of so many bytes: two empty blocks, then zeros up to a whole record."""
    total = size + 2 * BLOCK
    return bytes(total + -total % RECORD - size)
