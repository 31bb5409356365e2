"""The index of a layer as bytes, so that the layer need not be read again to know what is in it."""

from __future__ import annotations

import json
from itertools import repeat
from typing import TYPE_CHECKING, Any

from nixdive.contents.entry import NOTHING, EntryKind, LayerEntry
from nixdive.contents.layer_index import Facts, LayerIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FORMAT = "nixdive.index/1"
"""The number is raised when an index says something else of the same layer."""

_KINDS = {kind.value: kind for kind in EntryKind}
_FACTS = Facts.REFERENCES | Facts.DIGESTS
_NUMBERS = ("modes", "uids", "gids", "sizes", "mtimes", "offsets")
_made = tuple.__new__  # what LayerEntry(...) does, in half of the time


def index_data(index: LayerIndex) -> bytes:
    """Return the index of a layer that was read, as JSON: a list for each field of its entries.

    The digest of the tar is left out, and so is what an index with a fault would say.
    """
    columns = zip(*index.entries, strict=True) if index.entries else repeat((), len(LayerEntry._fields))
    names, kinds, modes, uids, gids, sizes, mtimes, targets, digests, offsets, found, extents = columns
    sets = {one: place for place, one in enumerate(dict.fromkeys(found))}
    body = {
        "format": FORMAT,
        "size": index.size,
        "facts": (index.facts & _FACTS).value,
        "names": _texts(names),
        "kinds": [kind.value for kind in kinds],
        **dict(zip(_NUMBERS, (modes, uids, gids, sizes, mtimes, offsets), strict=True)),
        "targets": _texts(targets),
        "digests": [digest.hex() for digest in digests],
        "sets": [_texts(sorted(one)) for one in sets],
        "references": [sets[one] for one in found],
        "extents": {place: one for place, one in enumerate(extents) if one is not None},
    }
    return json.dumps(body, separators=(",", ":")).encode()


def index_in(data: bytes) -> LayerIndex | None:
    """Return the index that some bytes are, without the digest of the tar; None where they are none."""
    try:
        body = json.loads(data)
        return _index(body) if isinstance(body, dict) and body.get("format") == FORMAT else None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return None


def _index(body: dict[str, Any]) -> LayerIndex:
    """Return the index; raise one of a few errors where something is missing, or of another kind."""
    names = _bytes(body["names"])
    extents: list[Any] = [None] * len(names)
    for place, one in body["extents"].items():
        extents[int(place)] = tuple((at, length) for at, length in map(_whole, one))
    sets = [frozenset(_bytes(one)) or NOTHING for one in body["sets"]]
    modes, uids, gids, sizes, mtimes, offsets = (_whole(body[key]) for key in _NUMBERS)
    columns = (
        names,
        [_KINDS[kind] for kind in body["kinds"]],
        modes,
        uids,
        gids,
        sizes,
        mtimes,
        _bytes(body["targets"]),
        [bytes.fromhex(digest) for digest in body["digests"]],
        offsets,
        [sets[place] for place in _whole(body["references"])],
        extents,
    )
    entries = tuple(map(_made, repeat(LayerEntry), zip(*columns, strict=True)))
    (size,) = _whole([body["size"]])
    return LayerIndex(entries, size, "", facts=Facts(body["facts"]) & _FACTS)


def _texts(names: Iterable[bytes]) -> list[str]:
    return [name.decode("latin-1") for name in names]


def _bytes(texts: Sequence[str]) -> list[bytes]:
    return [text.encode("latin-1") for text in texts]


def _whole(numbers: Sequence[Any]) -> Sequence[int]:
    """Return whole numbers; raise TypeError where one is something else."""
    if not {*map(type, numbers)} <= {int}:
        raise TypeError("it is no whole number")
    return numbers
