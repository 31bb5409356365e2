"""The header of a tar member: 512 bytes in the formats v7, ustar, PAX, GNU tar and star.

Where the formats are ambiguous, headers mean what they mean to Go's archive/tar, which engines use.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple
from zlib import adler32

from nixdive.contents.entry import EntryKind, Extents

if TYPE_CHECKING:
    from collections.abc import Mapping


BLOCK = 512
MOST_EXTENDED = 1 << 20  # bytes of an extended header, a long name, or the map of a sparse file
# name; mode, uid and gid; size, mtime, checksum, type flag, link; magic, version; uname and gname
FIELDS = Struct("100s24s12s12s8sc100s8s64s183x")
_ADLER = 65_521
_MOST = 1 << 63
_KINDS = {
    b"0": EntryKind.FILE,
    b"\0": EntryKind.FILE,
    b"7": EntryKind.FILE,
    b"S": EntryKind.FILE,
    b"1": EntryKind.HARDLINK,
    b"2": EntryKind.SYMLINK,
    b"3": EntryKind.CHARACTER,
    b"4": EntryKind.BLOCK,
    b"5": EntryKind.DIRECTORY,
    b"6": EntryKind.FIFO,
}
_ODD = {
    b"M": "the rest of a file from another volume",
    b"V": "the label of a volume",
    b"D": "a directory of an incremental GNU tar",
    b"N": "a list of long names of an old GNU tar",
}


class TarMember(NamedTuple):
    """The fields of a header and of those that belong to it, not yet checked.

    Attributes:
        name: unchanged, including the prefix.
        flag: the type flag, one byte.
        kind: the kind for that flag; None if no engine knows it.
        mode: permission bits.
        uid: number of the owner.
        gid: number of the group.
        size: bytes of the file; 0 for kinds without data, whatever the header says.
        mtime: seconds since 1970.
        link: the target of a link.
        owners: the names of owner and group, each padded with NUL to half of the field.
        start: the offset of its data in the tar.
        stored: bytes of its data in the tar; fewer than its size where it is sparse.
        extents: where a sparse file has data; None for a file without holes.
    """

    name: bytes
    flag: bytes
    kind: EntryKind | None
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    link: bytes
    owners: bytes
    start: int = 0
    stored: int = 0
    extents: Extents | None = None

    @property
    def uname(self) -> bytes:
        """The name of the owner."""
        return self.owners[: len(self.owners) // 2].partition(b"\0")[0]

    @property
    def gname(self) -> bytes:
        """The name of the group."""
        return self.owners[len(self.owners) // 2 :].partition(b"\0")[0]

    @property
    def oddity(self) -> str:
        """What a member without a kind is, for a message."""
        return _ODD.get(self.flag, f"of an unknown type, {self.flag!r}")


def parsed(block: bytes, start: int = 0) -> TarMember:
    """Return the header that a block is; raises ValueError with the cause if it is not one.

    Args:
        block: 512 bytes.
        start: the offset of the data after the header in the tar.
    """
    name, owner, size, mtime, checksum, flag, link, magic, owners = FIELDS.unpack(block)
    if not checked(block, checksum):
        _check_signed(block, checksum)
    name = name.partition(b"\0")[0]
    if magic[:5] != b"ustar":
        owners = b""  # v7 has no such fields
    elif block[345] and not magic[5]:
        # star keeps times behind a shorter prefix
        prefix = block[345 : 476 if block[508:] == b"tar\0" else 500]
        name = prefix.partition(b"\0")[0] + b"/" + name
    kind = _KINDS.get(flag)
    length = length_of(size)
    if kind is EntryKind.FILE:
        if flag == b"\0" and name.endswith(b"/"):
            kind = EntryKind.DIRECTORY  # as tars before POSIX wrote them
            length = 0
    elif kind is not None:
        length = 0
    target = link.partition(b"\0")[0] if link[0] else b""
    fields = (*owner_of(owner), length, time_of(mtime), target, owners, start, length, None)
    return _made(TarMember, (name, flag, kind, *fields))


@lru_cache(maxsize=4096)  # they repeat
def owner_of(field: bytes) -> tuple[int, int, int]:
    """Return permission bits, owner and group; raises ValueError with the cause."""
    return number(field[:8]) & 0o7777, number(field[8:16]), number(field[16:])


NO_LENGTH = b"00000000000\0"  # the field of a size of nothing, as nearly all write it
_made = tuple.__new__  # what TarMember(...) does, in half of the time


def length_of(field: bytes) -> int:
    """Return the number in the field of a size; raises ValueError with the cause."""
    if field == NO_LENGTH:
        return 0
    if field[:11].isdigit() and field[11:] in {b"\0", b" "}:  # as nearly all write it
        try:
            return int(field[:11], 8)
        except ValueError:
            pass  # another digit
    length = number(field)
    if length < 0:
        raise ValueError("its size is negative")
    return length


def checked(block: bytes, checksum: bytes) -> bool:
    """Whether the checksum of a header is the sum of its bytes.

    The lower half of Adler-32 is one more than that sum, modulo 65 521, and much faster.
    """
    return adler32(block) & 0xFFFF == adler_of(checksum)


@lru_cache(maxsize=1 << 14)
def adler_of(checksum: bytes) -> int:
    """Return the lower half of the Adler-32 of a header whose checksum field is this; -1 if it is no number.

    The checksum is the sum of the bytes with the field itself taken for spaces.
    """
    stated = _stated(checksum)
    return -1 if stated < 0 else (1 + stated - len(checksum) * 32 + sum(checksum)) % _ADLER


def _stated(checksum: bytes) -> int:
    digits = checksum.strip(b" \0")
    return int(digits, 8) if digits.isdigit() and not digits.strip(b"01234567") else -1


def _check_signed(block: bytes, checksum: bytes) -> None:
    """Raise ValueError unless the checksum is the sum of signed bytes, as some old tars have it."""
    summed = block[:148] + b" " * 8 + block[156:]
    if sum(byte - ((byte & 0x80) << 1) for byte in summed) != _stated(checksum):
        raise ValueError("the checksum of a header is wrong")


def number(field: bytes) -> int:
    """Return a number in octal digits, or in GNU's base 256; raises ValueError with the cause."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
        if field[0] & 0x40:
            value -= 1 << (8 * len(field) - 1)
        if not -_MOST < value < _MOST:
            raise ValueError("a number in a header is too big")
        return value
    digits = field.strip(b" \0").partition(b"\0")[0].rstrip(b" ")
    if not digits:
        return 0
    if digits.strip(b"01234567"):
        raise ValueError("a number in a header contains something other than octal digits")
    return int(digits, 8)


time_of = lru_cache(maxsize=4096)(number)


def pax_records(data: bytes) -> dict[bytes, bytes]:
    """Return the records of an extended header by keyword; raises ValueError with the cause.

    Format 0.0 of sparse files repeats two keywords; they become the map that format 0.1 has.
    """
    start = b"%d path=" % len(data)
    if data.startswith(start) and data.endswith(b"\n"):  # a long name alone, as nearly always
        return {b"path": data[len(start) : -1]}
    records: dict[bytes, bytes] = {}
    pairs: list[bytes] = []
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 20)
        length = data[at:space] if space > at else b""
        if not length.isdigit():
            if not data[at:].strip(b"\0"):
                break
            raise ValueError("an extended header has no length where one is expected")
        end = at + int(length)
        keyword, equals, value = data[space + 1 : end - 1].partition(b"=")
        if end > len(data) or end <= space or not equals or data[end - 1] != 0x0A:
            raise ValueError("a record of an extended header is not as long as it says")
        if keyword in {b"GNU.sparse.offset", b"GNU.sparse.numbytes"}:
            pairs.append(value)
        records[keyword] = value
        at = end
    if pairs:
        records[b"GNU.sparse.map"] = b",".join(pairs)
    return records


def pax_number(value: bytes) -> int:
    """Return the number in a record, rounded down to a whole one; raises ValueError."""
    whole, _, fraction = value.partition(b".")
    digits = whole.removeprefix(b"-")
    if not digits.isdigit() or len(digits) > 19 or (fraction and not fraction.isdigit()):
        raise ValueError("a number of an extended header cannot be read")
    number = int(whole)
    return number - 1 if whole.startswith(b"-") and fraction.strip(b"0") else number


def overridden(member: TarMember, pax: Mapping[bytes, bytes], names: Mapping[str, bytes]) -> TarMember:
    """Return a member with the headers before it applied; raises ValueError with the cause.

    Maps of sparse files are left alone.

    Args:
        member: its own header.
        pax: the records of an extended header.
        names: the fields that GNU tar wrote as separate members, which take precedence.
    """
    if len(pax) + len(names) == 1:  # as nearly always
        name = names.get("name") or pax.get(b"path")
        if name:
            return _made(TarMember, (name, *member[1:]))
    numbers = {
        field: pax_number(pax[keyword])
        for field, keyword in (("size", b"size"), ("uid", b"uid"), ("gid", b"gid"), ("mtime", b"mtime"))
        if pax.get(keyword)
    }
    size = numbers.get("size", 0)
    if size < 0:
        raise ValueError("its size is negative")
    if "size" in numbers:
        numbers["stored"] = size
        if member.kind not in {EntryKind.FILE, None}:
            numbers["size"] = numbers["stored"] = 0
    owners = member.owners
    if b"uname" in pax or b"gname" in pax:
        both = (pax.get(b"uname", member.uname), pax.get(b"gname", member.gname))
        owners = b"".join(name.ljust(max(map(len, both)), b"\0") for name in both)
    return member._replace(
        name=names.get("name") or pax.get(b"path") or member.name,
        link=names.get("link") or pax.get(b"linkpath") or member.link,
        owners=owners,
        **numbers,  # type: ignore[arg-type]  # all of these fields are numbers
    )


def is_header(block: bytes) -> bool:
    """Whether a block begins a tar: its checksum decides, as v7 has no other mark."""
    if len(block) < BLOCK:
        return False
    try:
        parsed(block[:BLOCK])
    except ValueError:
        return False
    return True
