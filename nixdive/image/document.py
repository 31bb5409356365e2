"""The JSON documents nixdive.image/1 and nixdive.verify/1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.verify import Problem
    from nixdive.image.written import WrittenImage


def image_document(written: WrittenImage) -> dict[str, Any]:
    """Return what was written; sizes in bytes, layers lowest first."""
    return {
        "format": "nixdive.image/1",
        "target": written.target,
        "image_format": written.image_format,
        "config_digest": written.config_digest,
        "manifest_digest": written.manifest_digest,
        "layers": [
            {
                "diff_id": layer.diff_id,
                "digest": layer.digest,
                "media_type": layer.media_type,
                "size": layer.size,
                "uncompressed_size": layer.uncompressed_size,
                "paths": list(layer.paths),
            }
            for layer in written.layers
        ],
        "bytes_written": written.bytes_written,
        "seconds": written.seconds,
        "notes": list(written.notes),
        "cache": {"hits": 0, "misses": len(written.layers)},
    }


def verify_document(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return what is wrong with an image."""
    return {
        "format": "nixdive.verify/1",
        "ok": not problems,
        "problems": [{"where": problem.where, "what": problem.what} for problem in problems],
    }
