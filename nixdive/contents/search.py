"""Looking for files in a tree: by name, by pattern, by size; and how big directories are."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

from nixdive.contents.entry import EntryKind
from nixdive.contents.names import parent_of

if TYPE_CHECKING:
    from nixdive.contents.file_tree import FileTree


def find(tree: FileTree, pattern: str = "*", at_least: int = 0) -> list[bytes]:
    """Return the names that match, sorted.

    Args:
        tree: where to look.
        pattern: as a shell writes it, `*` matching slashes too; with a slash in it, it is for the whole
            name, else for the last part. A name without wildcards finds itself. Case counts.
        at_least: bytes that a file must have; with more than 0 only files are found.
    """
    whole = "/" in pattern
    # patterns are text, names are bytes: both as UTF-8, in an alphabet that has a letter for each byte
    expression = translate(pattern.encode("utf-8", "surrogateescape").decode("latin-1"))
    matches = re.compile(expression.encode("latin-1"), re.DOTALL).match
    return sorted(
        name
        for name, placed in tree.files.items()
        if placed.entry.size >= at_least and matches(name if whole else name[name.rfind(b"/") + 1 :])
    )


def sizes(tree: FileTree) -> dict[bytes, int]:
    """Return for the root and each directory the bytes of all files below it; hard links count nothing."""
    found = {b"/": 0}
    for name, placed in tree.files.items():
        if placed.entry.kind is EntryKind.DIRECTORY:
            found.setdefault(name, 0)
        elif placed.entry.size:
            parent = parent_of(name)
            found[parent] = found.get(parent, 0) + placed.entry.size
    for name in sorted(found, key=len, reverse=True):  # what lies deeper has the longer name
        if name != b"/":
            found[parent_of(name)] += found[name]
    return found
