"""The history of one name through the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.difference import Change
from nixdive.contents.entry import TAKES, EntryKind, LayerEntry
from nixdive.contents.file_tree import Placed, implied
from nixdive.contents.names import parent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nixdive.contents.layer_index import LayerIndex


class Step(NamedTuple):
    """What one layer does to a name.

    Attributes:
        layer: the index of the layer.
        change: added, modified or removed; unmodified if the layer repeats what was there.
        entry: the new entry, or None if it removes the name.
    """

    layer: int
    change: Change
    entry: LayerEntry | None


def history(
    indexes: Sequence[LayerIndex], name: bytes, alike: Callable[[Placed, Placed], bool]
) -> tuple[Step, ...]:
    """Return what each layer does to a name, lowest first; layers that do not touch it are left out.

    Args:
        indexes: the layers.
        name: an absolute name.
        alike: whether two entries of the name are the same.
    """
    steps = []
    now: LayerEntry | None = None
    since = 0
    above = frozenset(_above(name))
    for layer, index in enumerate(indexes):
        gone, brought, below = _touch(index, name, above)
        if brought is None and below and (gone or now is None or now.kind is not EntryKind.DIRECTORY):
            brought = implied(name)
        if brought is not None:
            if now is None:
                change = Change.ADDED
            else:
                kept = alike(Placed(now, since), Placed(brought, layer))
                change = Change.UNMODIFIED if kept else Change.MODIFIED
            steps.append(Step(layer, change, brought))
            now, since = brought, layer
        elif gone and now is not None:
            steps.append(Step(layer, Change.REMOVED, None))
            now = None
    return tuple(steps)


def _touch(index: LayerIndex, name: bytes, above: frozenset[bytes]) -> tuple[bool, LayerEntry | None, bool]:
    """Return whether a layer removes the name, its new entry, and whether it adds files below it."""
    gone, brought, below = False, None, False
    inside = name + b"/"
    for one in index.entries:
        if one.name == name:
            if one.kind is EntryKind.WHITEOUT:
                gone = True
            elif one.kind is not EntryKind.OPAQUE:
                brought, below = one, False
        elif one.name in above:
            gone = gone or one.kind is not EntryKind.DIRECTORY
            if one.kind not in TAKES and one.kind is not EntryKind.DIRECTORY:
                brought, below = None, False  # it replaces the directory, within the layer too
        elif one.name.startswith(inside) and one.kind not in TAKES:
            below = True
            if brought is not None and brought.kind is not EntryKind.DIRECTORY:
                brought = None
    return gone, brought, below


def _above(name: bytes) -> Iterator[bytes]:
    while name != b"/":
        name = parent_of(name)
        yield name
