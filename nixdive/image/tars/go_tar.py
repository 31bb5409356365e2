"""Headers of a tar as Go writes them: ustar for an entry that fits into it, else PAX with what does not fit.

Source: archive/tar of Go, writer.go, common.go (`Header.allowedFormats`) and strconv.go. Go has GNU's format
for what fits into neither; that is nothing but a mode of more than seven octal digits.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from nixdive.image.tars.header import BLOCK, padding, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.contents.entry import Kind

END = bytes(2 * BLOCK)
"""What Go ends a tar with; it does not fill a record."""
_NAME, _OWNER, _PREFIX = 100, 32, 155  # bytes of the fields
_USTAR = b"ustar\x0000"


class GoEntry(NamedTuple):
    """One entry.

    Attributes:
        name: as it stands in the tar.
        kind: what it is.
        mode: permission bits.
        uid: number of the owner.
        gid: number of the group.
        uname: name of the owner.
        gname: name of the group.
        size: bytes of a file's data.
        mtime: seconds since 1970.
        target: of a symbolic link, else empty.
    """

    name: bytes
    kind: Kind
    mode: int
    uid: int
    gid: int
    uname: bytes
    gname: bytes
    size: int
    mtime: int
    target: bytes

    def header(self) -> bytes:
        """Return all that comes before the data."""
        split = _split(self.name)
        records = self._records()
        if not records or (records.keys() == {b"path"} and split is not None):
            prefix, name = split or (b"", self.name)
            return self._block(name, self.target, self.uname, self.gname, prefix)
        data = b"".join(record(key, records[key]) for key in sorted(records))
        folder, file = posixpath.split(self.name)
        called = _ascii(posixpath.normpath(posixpath.join(folder, b"PaxHeaders.0", file)))[:_NAME]
        texts = (_ascii(text) for text in (self.name, self.target, self.uname, self.gname))
        return b"".join(
            (
                _summed(_start(called.rstrip(b"/"), (0, 0, 0), len(data), 0) + b"x" + bytes(_NAME) + _USTAR),
                data,
                padding(len(data)),
                self._block(*texts),
            )
        )

    def _records(self) -> Mapping[bytes, bytes]:
        """Return what does not fit into ustar, as PAX records."""
        texts = (
            (b"path", self.name, _NAME),
            (b"linkpath", self.target, _NAME),
            (b"uname", self.uname, _OWNER),
            (b"gname", self.gname, _OWNER),
        )
        numbers = (
            (b"uid", self.uid, 8),
            (b"gid", self.gid, 8),
            (b"size", self.size, 12),
            (b"mtime", self.mtime, 12),
        )
        found = {key: text for key, text, most in texts if len(text) > most or not text.isascii()}
        return found | {key: b"%d" % number for key, number, width in numbers if not _fits(number, width)}

    def _block(self, name: bytes, target: bytes, uname: bytes, gname: bytes, prefix: bytes = b"") -> bytes:
        return _summed(
            b"".join(
                (
                    _start(name, (self.mode, self.uid, self.gid), self.size, self.mtime),
                    self.kind.value,
                    _text(target, _NAME),
                    _USTAR,
                    _text(uname, _OWNER),
                    _text(gname, _OWNER),
                    _octal(0, 8) * 2,  # numbers of a device
                    prefix.ljust(_PREFIX, b"\0"),
                )
            )
        )


def _start(name: bytes, short: tuple[int, int, int], size: int, mtime: int) -> bytes:
    """Return the fields up to the checksum, which is blank; the short ones are mode, owner and group."""
    ids = b"".join(_octal(number, 8) for number in short)
    return b"".join((_text(name, _NAME), ids, _octal(size, 12), _octal(mtime, 12), b" " * 8))


def _summed(block: bytes) -> bytes:
    return b"%b%06o\0 %b" % (block[:148], sum(block), block[156:].ljust(BLOCK - 156, b"\0"))


def _text(text: bytes, width: int) -> bytes:
    field = text[:width].ljust(width, b"\0")
    if len(text) > width and field.endswith(b"/"):  # else old readers would take it for a directory
        return field.rstrip(b"/").ljust(width, b"\0")
    return field


def _fits(number: int, width: int) -> bool:
    return 0 <= number < 1 << 3 * (width - 1)


def _octal(number: int, width: int) -> bytes:
    return b"%0*o\0" % (width - 1, number if _fits(number, width) else 0)


def _ascii(text: bytes) -> bytes:
    return text if text.isascii() else bytes(byte for byte in text if byte < 0x80)


def _split(name: bytes) -> tuple[bytes, bytes] | None:
    """Return a long name as prefix and name of ustar; None if it is short, or cannot be split."""
    if len(name) <= _NAME or not name.isascii():
        return None
    at = name.rfind(b"/", 0, _PREFIX + 1 if len(name) > _PREFIX + 1 else len(name.removesuffix(b"/")))
    rest = len(name) - at - 1
    return (name[:at], name[at + 1 :]) if at > 0 and 0 < rest <= _NAME else None
