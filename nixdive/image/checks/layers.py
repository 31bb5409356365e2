"""A layer that has a path twice: refused by tar-split, with which docker and podman store layers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nixdive.contents.entry import EntryKind
from nixdive.contents.tar import Pieces, TarReader
from nixdive.errors import MalformedImageError
from nixdive.image.checks.refusal import ALL, DOCKERS, Refusal
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nixdive.contents.layer_index import LayerIndex
    from nixdive.image.readers.stored import StoredLayer

_AWAY = frozenset({EntryKind.WHITEOUT, EntryKind.OPAQUE})


def repeated(names: Iterable[bytes]) -> bytes | None:
    """Return the first repeated name, or None; ./a and a are the same, a and /a are different."""
    seen = set()
    for name in map(os.path.normpath, names):
        if name in seen:
            return name
        seen.add(name)
    return None


def measured(layer: StoredLayer, index: LayerIndex | None = None) -> tuple[int, bytes | None]:
    """Return the bytes of a layer's tar and a path that it has twice, if any.

    Args:
        layer: the layer; it is read once, unless the index shows that it has no path twice.
        index: what is in it, if that is known.

    Raises:
        MalformedImageError: it is compressed, and damaged.
    """
    if index is not None and not _may_repeat(index):
        return index.size, None
    try:
        if layer.compression == "none":
            return layer.size, repeated(member.name for member in layer.reader())
        pieces = Pieces(layer.tar())
        twice = repeated(member.name for member in TarReader(pieces, layer.where))
        return pieces.finish(), twice
    except MalformedImageError:
        return layer.tar_size(), None  # reading its files reports what is wrong


def of_found(layer: StoredLayer, index: LayerIndex) -> Iterator[Refusal]:
    """Yield what engines do not accept in an existing layer whose index is known."""
    if _may_repeat(index):
        yield from of_name(layer.member, measured(layer)[1])


def _may_repeat(index: LayerIndex) -> bool:
    """Whether a layer may have a path twice; names are absolute in an index: those in the tar decide."""
    keys = {(entry.name, entry.kind if entry.kind in _AWAY else None) for entry in index.entries}
    return len(keys) < len(index.entries)


def of_member(layer: StoredLayer) -> Iterator[Refusal]:
    """Yield what engines do not accept in a layer without an index; of a plain tar only headers are read."""
    try:
        twice = repeated(member.name for member in layer.reader())
    except MalformedImageError as error:
        yield Refusal(f"the layer {error}", ALL)
        return
    yield from of_name(layer.where, twice)


def of_name(layer: str, twice: bytes | None) -> Iterator[Refusal]:
    """Yield a refusal if a layer has a path twice."""
    if twice is not None:
        yield Refusal(f"the layer {layer} has {visible(os.fsdecode(twice))} twice", DOCKERS)
