"""Store hashes in data: how Nix finds references, by looking for the hash parts of store paths."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from nixdive.store.path import STORE_DIR

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALPHABET = b"0123456789abcdfghijklmnpqrsvwxyz"  # Nix's base 32 lacks e, o, t and u
_LENGTH = 32
_STRIDE = 4
_RUN = re.compile(rb"[%b]{32,}" % _ALPHABET)
_LETTERS = bytes(byte in _ALPHABET for byte in range(256))
# a window of 32 letters contains at least so many consecutive samples
_SAMPLES = re.compile(b"\1{%d,}" % (_LENGTH // _STRIDE))


class HashFinder:
    """Finds hash parts after the store's directory, and known ones anywhere.

    The first costs little more than reading memory; the second, which is what Nix does
    (src/libstore/path-references.cc), about as much as a hash.

    Args:
        known: hash parts of store paths, 32 letters each, to be found without the store's name before them.
        store: the directory of the store.

    Attributes:
        overlap: how far a match may reach from one piece of data into the next, in bytes.
    """

    def __init__(self, known: Iterable[bytes] = (), store: str = STORE_DIR) -> None:
        prefix = os.fsencode(f"{store}/")
        self._known = frozenset(known)
        self._in_store = re.compile(b"%b([%b]{%d})" % (re.escape(prefix), _ALPHABET, _LENGTH))
        self.overlap = len(prefix) + _LENGTH - 1

    def find(self, data: bytes | bytearray, start: int, stop: int) -> set[bytes]:
        """Return the hash parts in data[start:stop]."""
        found = set(self._in_store.findall(data, start, stop))
        if self._known and stop - start >= _LENGTH:
            found |= self._anywhere(data, start, stop)
        return found

    def _anywhere(self, data: bytes | bytearray, start: int, stop: int) -> set[bytes]:
        found: set[bytes] = set()
        sampled = data[start:stop:_STRIDE].translate(_LETTERS)
        for samples in _SAMPLES.finditer(sampled):
            first = max(start, start + (samples.start() - 1) * _STRIDE)
            last = min(stop, start + samples.end() * _STRIDE)
            for run in _RUN.finditer(data, first, last):
                letters = run[0]
                windows = range(len(letters) - _LENGTH + 1)
                found |= self._known.intersection(letters[at : at + _LENGTH] for at in windows)
        return found
