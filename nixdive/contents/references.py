"""References in data: the hash parts of store paths that stand behind the store's directory."""

from __future__ import annotations

import os
import re

from nixdive.store.path import STORE_DIR

_HASH = b"[0-9abcdfghijklmnpqrsvwxyz]{32}"  # Nix's base 32 lacks e, o, t and u


class HashFinder:
    """Finds hash parts after the store's directory, which costs little more than reading memory.

    Nix finds them without the directory as well (src/libstore/path-references.cc), among the hash parts that
    it knows; that takes about as long as a hash.

    Args:
        store: the directory of the store.

    Attributes:
        overlap: how far a match may reach from one piece of data into the next, in bytes.
    """

    def __init__(self, store: str = STORE_DIR) -> None:
        prefix = os.fsencode(f"{store}/")
        self._in_store = re.compile(b"%b(%b)" % (re.escape(prefix), _HASH))
        self.overlap = len(prefix) + 31

    def find(self, data: bytes | bytearray, start: int, stop: int) -> set[bytes]:
        """Return the hash parts in data[start:stop]."""
        return set(self._in_store.findall(data, start, stop))
