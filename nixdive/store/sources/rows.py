"""What every format comes down to: one row for each store path, as written, and checked here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.errors import MalformedGraphError
from nixdive.store.path import PathGraph, PathInfo, StorePath

if TYPE_CHECKING:
    from collections.abc import Iterable

# every Nix has this command, whatever its version and without any feature enabled
EXPORT_COMMAND = "nix-store --dump-db $(nix-store --query --requisites PATH)"
EXPORT = f"this writes a file that can be read: {EXPORT_COMMAND}"
NOT_VALID = "it is not valid: the store that was asked does not have it"

_LARGEST = (1 << 63) - 1  # Nix keeps sizes in 64 bits, and its database in 63
_LONGEST = 120
_HASH = re.compile(r"[0-9A-Za-z+/=:-]{1,200}")


class Row(NamedTuple):
    """What a source says of one store path, not checked yet.

    Attributes:
        path: should be a store path.
        references: should be a list of store paths; one may be there twice.
        nar_size: should be bytes of its NAR, a whole number.
        deriver: the derivation that made it; anything but a text counts as unknown.
        download_size: bytes of its compressed NAR, or None.
        nar_hash: what its NAR hashes to; anything but a text of the usual letters counts as unknown.
    """

    path: Any
    references: Any
    nar_size: Any = 1
    deriver: Any = None
    download_size: Any = None
    nar_hash: Any = None


def graph_of(
    rows: Iterable[Row], origin: str, *, roots: tuple[StorePath, ...] = (), sized: bool = True
) -> PathGraph:
    """Check the rows one by one and return their graph.

    What needs all of them together (missing references, repetition, circles) is checked by Closure.of.

    Raises:
        MalformedGraphError: there are none, or one is not as it should be; the message names its path.
    """
    listed = tuple(rows)
    if not listed:
        raise MalformedGraphError(origin, None, "it holds no store paths", hint=EXPORT)
    known = _paths(listed, origin)
    infos = tuple(
        PathInfo(
            known[row.path],
            _size(row.nar_size, "NAR size", row, origin),
            _references(row, known, origin),
            row.deriver if isinstance(row.deriver, str) else None,
            None if row.download_size is None else _size(row.download_size, "download size", row, origin),
            row.nar_hash if isinstance(row.nar_hash, str) and _HASH.fullmatch(row.nar_hash) else None,
        )
        for row in listed
    )
    return PathGraph(origin, infos, roots=roots, sized=sized)


def shortened(text: str, most: int = _LONGEST) -> str:
    """Return the text, without its middle where it is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 30]}...{text[-27:]}"


def shown(value: Any) -> str:
    """Return what a JSON value looks like in a message."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    named = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return named[value]
    return shortened(repr(value) if isinstance(value, str) else str(value))


def _paths(rows: Iterable[Row], origin: str) -> dict[str, StorePath]:
    known: dict[str, StorePath] = {}
    first: StorePath | None = None
    for position, row in enumerate(rows, 1):
        if not isinstance(row.path, str):
            raise MalformedGraphError(origin, f"entry {position}", f"{shown(row.path)} is not a store path")
        try:
            path = known.setdefault(row.path, StorePath.parse(row.path))
        except ValueError as error:
            where = shortened(row.path) or f"entry {position}"
            raise MalformedGraphError(origin, where, f"it is not a store path: {error}") from None
        first = first or path
        if path.store_dir != first.store_dir:
            cause = f"it lies in another store directory than {shortened(first)}"
            raise MalformedGraphError(origin, shortened(path), cause)
    return known


def _references(row: Row, known: dict[str, StorePath], origin: str) -> tuple[StorePath, ...]:
    if not isinstance(row.references, list):
        said = "are missing" if row.references is None else f"are {shown(row.references)}, not a list"
        raise MalformedGraphError(origin, shortened(row.path), f"its references {said}")
    try:
        return tuple(map(known.__getitem__, dict.fromkeys(row.references)))
    except (KeyError, TypeError):  # one that is not listed, which Closure.of tells, or that is not a path
        return tuple(dict.fromkeys(_reference(text, row, origin) for text in row.references))


def _reference(text: Any, row: Row, origin: str) -> StorePath:
    try:
        if isinstance(text, str):
            return StorePath.parse(text)
        cause = ""
    except ValueError as error:
        cause = f": {error}"
    said = f"its references: {shown(text)} is not a store path{cause}"
    raise MalformedGraphError(origin, shortened(row.path), said)


def _size(value: Any, what: str, row: Row, origin: str) -> int:
    if type(value) is int and 0 <= value <= _LARGEST:
        return value
    said = "is missing" if value is None else f"is {shown(value)}, not a whole number of bytes below 2^63"
    raise MalformedGraphError(origin, shortened(row.path), f"its {what} {said}")
