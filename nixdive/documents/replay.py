"""A history, replayed: the JSON document nixdive.replay/1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.replay import Replayed


def replay_document(
    versions: Sequence[str], least: Sequence[int], rows: Sequence[Replayed]
) -> dict[str, Any]:
    """Return the JSON document nixdive.replay/1; `push_bytes` begins with the second version."""
    return {
        "format": "nixdive.replay/1",
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
            }
            for row in rows
        ],
    }
