"""Two versions against each other: the JSON document nixdive.compare/1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.documents.inspect import mounts_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.layering.versions import Changes
    from nixdive.workspace.compare import Difference


def compare_document(found: Difference) -> dict[str, Any]:
    """Return the JSON document nixdive.compare/1."""
    files = found.files
    return {
        "format": "nixdive.compare/1",
        "layers_reused": found.layers_reused,
        "layers_new": found.layers_new,
        "push_bytes": found.push_bytes,
        "bytes_of": found.measured.value,
        "wire_estimate": found.wire_estimate,
        "estimated_from": [one.value for one in found.wire_basis],
        "assumed": found.assumption or None,
        "exact": found.exact,
        "layers_repacked": found.layers_repacked,
        "repacked_bytes": found.repacked_bytes,
        "complete": found.complete,
        "unread": {"old": _unread(found.unread_old), "new": _unread(found.unread_new)},
        "mounted": {
            "old": mounts_document(found.mounts_old),
            "new": mounts_document(found.mounts_new),
        },
        "paths": None if found.changes is None else _paths(found.changes, sized=found.sized),
        "files": None
        if files is None
        else {
            "added": files.added,
            "removed": files.removed,
            "modified": files.modified,
            "largest": [
                {"path": one.name, "change": one.change.value, "old_size": one.old, "new_size": one.new}
                for one in files.largest
            ],
        },
    }


def _paths(found: Changes, *, sized: bool) -> dict[str, Any]:
    return {
        "added": [str(path) for path in found.added],
        "removed": [str(path) for path in found.removed],
        "changed": [
            {
                "name": one.name,
                "old": one.old.version,
                "new": one.new.version,
                "delta": one.delta if sized else None,
                "old_path": str(one.old),
                "new_path": str(one.new),
            }
            for one in found.changed
        ],
    }


def _unread(causes: Mapping[int, str]) -> list[dict[str, Any]]:
    return [{"layer": place, "problem": cause} for place, cause in sorted(causes.items())]
