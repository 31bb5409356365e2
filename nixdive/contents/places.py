"""Where two files of the same length differ, and whether only in the hashes of store paths."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

_HASH = 32
# Nix's base 32 lacks e, o, t and u; what follows the dash is the name
_STORE_NAME = re.compile(rb"[0-9abcdfghijklmnpqrsvwxyz]{32}-([0-9a-zA-Z+\-._?=]{1,211})")
_LONGEST = 256


class Place(NamedTuple):
    """A range of bytes that differs.

    Attributes:
        start: its first byte.
        stop: the byte after it.
        path: the name of the store path whose hash contains it in both files; else empty.
    """

    start: int
    stop: int
    path: str


def places(old: bytes, new: bytes) -> tuple[Place, ...]:
    """Return where two files of one length differ; differences less than a hash apart are one range."""
    differing = np.flatnonzero(np.frombuffer(old, np.uint8) != np.frombuffer(new, np.uint8))
    if not differing.size:
        return ()
    breaks = np.flatnonzero(np.diff(differing) >= _HASH)
    starts = differing[np.concatenate(([0], breaks + 1))]
    stops = differing[np.concatenate((breaks, [differing.size - 1]))] + 1
    return tuple(
        Place(start, stop, _path(old, new, start, stop))
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)
    )


def _path(old: bytes, new: bytes, start: int, stop: int) -> str:
    """Return the name of the store path whose hash covers a range in both files, or an empty text."""
    if stop - start > _HASH:
        return ""
    for at in range(max(stop - _HASH, 0), start + 1):
        here = _STORE_NAME.match(new, at, at + _LONGEST)
        before = _STORE_NAME.match(old, at, at + _LONGEST)
        if here and before and here[1] == before[1]:
            return here[1].decode("ascii")
    return ""
