"""A history, replayed: the JSON document nixdive.replay/1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive import there
from nixdive.errors import SourceError
from nixdive.json_text import parsed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nixdive.layering.replay import Replayed

_FORMAT = "nixdive.replay/1"
_MOST = 1 << 24  # bytes of a document


def replay_document(
    versions: Sequence[str], least: Sequence[int], rows: Sequence[Replayed]
) -> dict[str, Any]:
    """Return the JSON document nixdive.replay/1; `push_bytes` begins with the second version."""
    return {
        "format": _FORMAT,
        "versions": list(versions),
        "unavoidable": list(least),
        "rows": [
            {
                "strategy": row.strategy,
                "max_layers": row.max_layers,
                "carried": row.carried,
                "first": row.first,
                "push_bytes": list(row.push_bytes),
                "total": row.total,
                "seconds": round(row.seconds, 3),
                **({} if row.least is None else {"least": row.least}),
            }
            for row in rows
        ],
    }


def read_replay(file: Path) -> dict[str, Any]:
    """Return the document nixdive.replay/1 in a file, with the keys that are known.

    Raises:
        SourceError: it cannot be read, or is something else.
    """
    with there.reading(file, SourceError), there.opened(file) as opened:
        data = opened.read(_MOST + 1)
    if data is None or len(data) > _MOST:
        raise SourceError(f"{file}: it is larger than {_MOST} bytes, which no history is")
    found = parsed(data, lambda cause: _refused(file, cause))
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise _refused(file, f"it is not {_FORMAT}")
    versions, least, rows = (found.get(key) for key in ("versions", "unavoidable", "rows"))
    if versions is None or not _texts(versions):
        raise _refused(file, "versions is not a list of texts")
    pushes = len(versions) - 1
    if least != [] and not _counts(least, pushes):  # images have none
        raise _refused(file, f"unavoidable is not a list of {pushes} counts")
    if not isinstance(rows, list):
        raise _refused(file, "rows is not a list")
    return {
        "format": _FORMAT,
        "versions": versions,
        "unavoidable": least,
        "rows": [_row(file, place, row, pushes) for place, row in enumerate(rows)],
    }


def _row(file: Path, place: int, row: Any, pushes: int) -> dict[str, Any]:
    kinds = {"strategy": str, "max_layers": int, "carried": bool, "first": str, "total": int}
    if not isinstance(row, dict):
        raise _refused(file, f"row {place} is not an object")
    for key, kind in kinds.items():
        if type(row.get(key)) is not kind:
            raise _refused(file, f"{key} of row {place} is not what it should be")
    if not _counts(row.get("push_bytes"), pushes):
        raise _refused(file, f"push_bytes of row {place} is not a list of {pushes} counts")
    return {key: row[key] for key in (*kinds, "push_bytes")}


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _counts(value: Any, length: int) -> bool:
    return isinstance(value, list) and len(value) == length and all(type(one) is int for one in value)


def _refused(file: Path, cause: str) -> SourceError:
    return SourceError(f"{file}: {cause}", hint="nixdive replay V1 V2 --json > history.json makes one")
