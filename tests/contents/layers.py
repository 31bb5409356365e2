"""Layers made of words, for tests: no tar is written."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from nixdive.contents.difference import differences, same
from nixdive.contents.entry import EntryKind, LayerEntry
from nixdive.contents.file_tree import extended, stacked
from nixdive.contents.layer_index import LayerIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.contents.difference import Difference
    from nixdive.contents.file_tree import Placed


def entry(text: str) -> LayerEntry:
    """Return an entry: a/b=data, a/, l->target, h=>a/b, a/.wh.b, a/.wh..wh..opq, c:0700=data."""
    name, arrow, target = text.partition("->")
    if arrow:
        return LayerEntry(raw(name), EntryKind.SYMLINK, 0o777, target=target.encode())
    name, arrow, target = text.partition("=>")
    if arrow:
        return LayerEntry(raw(name), EntryKind.HARDLINK, 0o644, target=raw(target))
    name, _, data = text.partition("=")
    name, _, mode = name.partition(":")
    folder, _, base = name.rpartition("/")
    if base == ".wh..wh..opq":
        return LayerEntry(raw(folder), EntryKind.OPAQUE)
    if base.startswith(".wh."):
        return LayerEntry(raw(f"{folder}/{base[4:]}"), EntryKind.WHITEOUT)
    if name.endswith("/"):
        return LayerEntry(raw(name), EntryKind.DIRECTORY, int(mode or "755", 8))
    body = data.encode()
    digest = blake2b(body, digest_size=16).digest()
    return LayerEntry(raw(name), EntryKind.FILE, int(mode or "644", 8), size=len(body), digest=digest)


def raw(name: str) -> bytes:
    return b"/" + name.strip("/").encode()


def layers(*texts: Sequence[str]) -> tuple[LayerIndex, ...]:
    return tuple(LayerIndex(tuple(entry(text) for text in one), 0, "sha256:0") for one in texts)


def alike(before: Placed, after: Placed) -> bool:
    """Return whether two entries are the same; digests tell of their data."""
    return same(before.entry, after.entry)


def changed(indexes: Sequence[LayerIndex], first: int, last: int) -> dict[bytes, Difference]:
    """Return what layers `first` to `last`, both included, make of the layers below them."""
    lower = stacked(indexes, 0, first - 1)
    return differences(lower, extended(lower, indexes, first, last), alike)
