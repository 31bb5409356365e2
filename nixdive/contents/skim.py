"""Ordinary members of a tar, whose data are not needed, in one loop: an image has tens of thousands of them.

Ordinary are files, directories and symbolic links with the header of ustar, PAX or GNU tar, with at most a
long name and target before it, in a directory that is known. All else is left to the reader that knows
everything.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING
from zlib import adler32

from nixdive.contents.entry import NOTHING, EntryKind, LayerEntry
from nixdive.contents.tar_header import (
    BLOCK,
    MOST_EXTENDED,
    NO_LENGTH,
    adler_of,
    length_of,
    owner_of,
    pax_records,
    time_of,
)

if TYPE_CHECKING:
    from nixdive.contents.tar import TarReader

_FOLDER = EntryKind.DIRECTORY
_FILE = EntryKind.FILE
_KINDS = {b"0": _FILE, b"2": EntryKind.SYMLINK, b"5": _FOLDER}
# name; mode, uid and gid; size, mtime, checksum, type flag, link; magic; the first byte of the prefix
_FIELDS = Struct("100s24s12s12s8sc100s5s83xB166x")
_LONG = frozenset({b"path", b"linkpath"})  # the records of nearly all extended headers
_DOT = ord(".")
_LONGEST = 4096  # bytes of a name; Linux: PATH_MAX
_MOST = 100_000  # members that are read before their number is checked
_made = tuple.__new__  # what LayerEntry(...) does, in half of the time


def skim(  # noqa: C901, PLR0912, PLR0915  calls would take as long as the work
    reader: TarReader, entries: list[LayerEntry], known: dict[bytes, bytes], folders: set[bytes]
) -> None:
    """Read ordinary members, up to one that is not, or to the end, or to where the tar is damaged.

    Args:
        reader: of the tar; it goes on at the first member that was not read.
        entries: gets the entries, without digests and references.
        known: directories as they are written, with their absolute names and a slash behind; gets more.
        folders: the absolute names of all directories; gets more.

    Raises:
        ValueError: there are more entries, or longer names, than the reader allows.
    """
    window, unpack, add = reader.window, _FIELDS.unpack, entries.append
    data, before = window.data, window.before
    here, stop = reader.header  # where the next header begins, and the data before it end
    first, length, last = len(entries), 0, b""
    pax: dict[bytes, bytes] = {}  # what is said of the next member before its header
    while len(entries) - first < _MOST:
        at = here - before
        block = data[at : at + BLOCK]
        if len(block) < BLOCK:
            if not window.reach(here, BLOCK):
                break
            data, before, at = window.data, window.before, window.at
            block = data[at : at + BLOCK]
        raw, owner, size, mtime, checksum, flag, link, magic, prefix = unpack(block)
        if magic != b"ustar" or prefix or adler32(block) & 0xFFFF != adler_of(checksum):
            break
        kind = _KINDS.get(flag)
        try:
            count = 0 if size == NO_LENGTH else length_of(size)
            mode, uid, gid = owner_of(owner)
            time = time_of(mtime)
            if kind is None:
                if flag != b"x" or pax or count > MOST_EXTENDED:
                    break
                end = BLOCK + count + -count % BLOCK
                if at + end > len(data):
                    # with the header, for the reader may have to read it again
                    if not window.reach(here, end):
                        break
                    data, before, at = window.data, window.before, window.at
                pax = pax_records(data[at + BLOCK : at + BLOCK + count])
                if not pax or not pax.keys() <= _LONG:
                    pax = {}
                    break
                here = stop = here + end
                continue
        except ValueError:
            break
        own = raw.partition(b"\0")[0]
        if pax:
            own = pax.get(b"path") or own
        raw = own.rstrip(b"/") if kind is _FOLDER else own
        folder, _, base = raw.rpartition(b"/")
        above = known.get(folder)
        if above is None or not base or base[0] == _DOT or len(raw) >= _LONGEST or b"\0" in base:
            break
        name, target = above + base, b""
        here = stop = start = here + BLOCK
        if kind is _FILE:
            stop += count
            here = stop + -stop % BLOCK
        else:
            count = 0
            if kind is _FOLDER:
                folders.add(name)
                known[raw] = name + b"/"
            else:
                target = pax.get(b"linkpath") or link.partition(b"\0")[0]
                length += len(target)
        last = own
        length += len(name)
        add(_made(LayerEntry, (name, kind, mode, uid, gid, count, time, target, b"", start, NOTHING, None)))
        if pax:
            pax = {}
    reader.skimmed(here, stop, count=len(entries) - first, length=length, pax=pax, last=last)
