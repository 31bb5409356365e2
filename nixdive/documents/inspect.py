"""What an inspection is for programs: nixdive.inspect/1, and the document that dive exports."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from nixdive.contents.dive_tree import layer_tree, tar_name, visits
from nixdive.contents.entry import EntryKind, LayerEntry
from nixdive.image.gate import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.gate import Result
    from nixdive.image.stored.inspection import InspectedLayer, Inspection
    from nixdive.image.stored.mounts import Mounts

_FLAGS = {
    EntryKind.FILE: "0",
    EntryKind.HARDLINK: "1",
    EntryKind.SYMLINK: "2",
    EntryKind.CHARACTER: "3",
    EntryKind.BLOCK: "4",
    EntryKind.DIRECTORY: "5",
    EntryKind.FIFO: "6",
    EntryKind.WHITEOUT: "0",
    EntryKind.OPAQUE: "0",
}
# as Go has them in io/fs.FileMode
_MODES = {
    EntryKind.DIRECTORY: 1 << 31,
    EntryKind.SYMLINK: 1 << 27,
    EntryKind.BLOCK: 1 << 26,
    EntryKind.CHARACTER: 1 << 26 | 1 << 21,
    EntryKind.FIFO: 1 << 25,
}
_SPECIAL = ((0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20))


def inspect_document(found: Inspection) -> dict[str, Any]:
    """Return nixdive.inspect/1: sizes in bytes, layers lowest first, names as text.

    What is not known of a layer that cannot be read is null, and the other figures are without it.
    `checked` says which digests are those of bytes that were read, and not only what documents state. A share
    that is infinite (something is wasted in layers that bring nothing) is null, that of nothing is 0.
    """
    share = found.efficiency.user_wasted_percent
    return {
        "format": "nixdive.inspect/1",
        "image": {
            "name": found.stored.name,
            "size": found.size,
            "layers": len(found.layers),
            "config_digest": found.config_digest,
        },
        "mounted": mounts_document(found.mounts),
        "layers": [_layer(i, layer) for i, layer in enumerate(found.layers)],
        "efficiency": {
            "score": found.efficiency.score,
            "wasted_bytes": found.efficiency.wasted_bytes,
            "user_wasted_percent": share if isfinite(share) else 0.0 if share != share else None,  # noqa: PLR0124
            "reclaimable_bytes": found.reclaimable_bytes,
            "without_layers": list(found.unread),
        },
        "checked": {
            "config": found.config_is_right,
            "digests": [i for i, layer in enumerate(found.layers) if layer.works_out_digest],
            "diff_ids": [i for i, layer in enumerate(found.layers) if layer.index.diff_id],
        },
        "inefficient_files": [
            {"path": _name(file.path), "count": file.copies, "bytes": file.size}
            for file in found.efficiency.files
        ],
        "hidden_files": [
            {"path": _name(file.path), "layers": list(file.layers), "bytes": file.size}
            for file in found.hidden
        ],
    }


def mounts_document(found: Mounts | None) -> dict[str, Any] | None:
    """Return the store paths that an image has from a store, with their NAR bytes where these are known."""
    return None if found is None else {"paths": list(found.paths), "nar_size": found.nar_size}


def _layer(index: int, layer: InspectedLayer) -> dict[str, Any]:
    problem = layer.index.fault or None
    return {
        "index": index,
        "diff_id": layer.stored.diff_id,
        "digest": layer.digest,
        "media_type": layer.media_type,
        "size": layer.stored.size if layer.stored.sized else None,
        "uncompressed_size": None if problem else layer.index.size,
        "files": None if problem else layer.index.files,
        "command": layer.command,
        "paths": list(layer.paths),
        "problem": problem,
    }


def gate_document(results: Sequence[Result], notes: Sequence[str]) -> dict[str, Any]:
    """Return how the rules on an image ended.

    Args:
        results: of all rules.
        notes: what the user should know about their file, a line each.
    """
    return {
        "ok": not any(result.status is Status.FAIL for result in results),
        "rules": [
            {"rule": result.rule, "status": result.status.value.lower(), "message": result.message}
            for result in results
        ],
        "notes": list(notes),
    }


def dive_document(found: Inspection) -> dict[str, Any]:
    """Return what `dive --json` writes, key for key (dive: command/export/export.go)."""
    return {
        "layer": [_dive_layer(i, layer) for i, layer in enumerate(found.layers)],
        "image": {
            "sizeBytes": found.efficiency.size,
            "inefficientBytes": found.efficiency.wasted_bytes,
            "efficiencyScore": found.efficiency.score,
            "fileReference": [
                {"count": file.copies, "sizeBytes": file.size, "file": _name(file.path)}
                for file in found.efficiency.files
            ],
        },
    }


def _dive_layer(index: int, layer: InspectedLayer) -> dict[str, Any]:
    made = "(missing)" if layer.created_by is None else layer.created_by
    return {
        "index": index,
        "id": layer.stored.member.partition("/")[0],
        "digestId": layer.stored.diff_id,
        "sizeBytes": layer.index.file_bytes,
        "command": made.removeprefix("/bin/sh -c "),
        "fileList": [_dive_file(visit.node.entry) for visit in visits(layer_tree(layer.index))],
    }


def _dive_file(entry: LayerEntry | None) -> dict[str, Any]:
    if entry is None:  # a directory that nobody brings
        return dict.fromkeys(("path", "linkName"), "") | {
            "typeFlag": 0,
            "size": 0,
            "fileMode": 0,
            "uid": 0,
            "gid": 0,
            "isDir": False,
        }
    mode = entry.mode & 0o777 | _MODES.get(entry.kind, 0)
    mode |= sum(bit for special, bit in _SPECIAL if entry.mode & special)
    target = entry.target[1:] if entry.kind is EntryKind.HARDLINK else entry.target
    return {
        "path": _name(tar_name(entry)[1:]),
        "typeFlag": ord(_FLAGS[entry.kind]),
        "linkName": _name(target),
        "size": entry.size,
        "fileMode": mode,
        "uid": entry.uid,
        "gid": entry.gid,
        "isDir": entry.kind is EntryKind.DIRECTORY,
    }


def _name(name: bytes) -> str:
    """Return a name as text; bytes that are not UTF-8 become lone surrogates, which JSON can hold."""
    return name.decode("utf-8", "surrogateescape")
