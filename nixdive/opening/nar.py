"""The size of a NAR, counted from files where nobody has noted it (Nix: src/libutil/archive.cc)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from nixdive.contents.entry import Kind

if TYPE_CHECKING:
    from nixdive.contents.entry import Contents, FileEntry
    from nixdive.store.path import StorePath


def nar_size(contents: Contents, path: StorePath) -> int:
    """Return the bytes of the NAR of a store path; raise UnreadablePathError where it cannot be listed."""
    top, *below = contents.entries(path)
    return _string(len("nix-archive-1")) + _node(top) + sum(map(_child, below))


def _child(entry: FileEntry) -> int:
    words = sum(_string(len(word)) for word in ("entry", "(", "name", "node", ")"))
    return words + _string(len(posixpath.basename(entry.name))) + _node(entry)


def _node(entry: FileEntry) -> int:
    if entry.kind is Kind.DIRECTORY:
        return sum(_string(len(word)) for word in ("(", "type", "directory", ")"))
    if entry.kind is Kind.SYMLINK:
        words = sum(_string(len(word)) for word in ("(", "type", "symlink", "target", ")"))
        return words + _string(len(entry.target))
    words = sum(_string(len(word)) for word in ("(", "type", "regular", "contents", ")"))
    executable = _string(len("executable")) + _string(0) if entry.mode & 0o100 else 0
    return words + executable + _string(entry.size)


def _string(length: int) -> int:
    return 8 + (length + 7) // 8 * 8
