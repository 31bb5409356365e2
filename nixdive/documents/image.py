"""An image that was written: the JSON document nixdive.image/1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.documents.plan import against_documents
from nixdive.image.commands import after_loading, is_remote, push_commands

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nixdive.image.written import CacheUse, Pushed, WrittenImage
    from nixdive.layering.compare import PushCost


def image_document(
    written: WrittenImage, against: Iterable[tuple[str, PushCost]] = (), assumption: str = ""
) -> dict[str, Any]:
    """Return what was written; sizes in bytes, layers lowest first.

    Args:
        written: the image.
        against: earlier inputs as the user named them, and what a push costs after each.
        assumption: how the last of them is taken to be laid out, in words; empty where that is known.
    """
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
        "reference": written.reference,
        "notes": list(written.notes),
        "cache": _cache(written.cache),
        "pushed": pushed_document(written.pushed),
        "commands": _commands(written),
        "assumed": assumption or None,
        "against": against_documents(against),
    }


def _cache(use: CacheUse | None) -> dict[str, int] | None:
    return None if use is None else {"hits": use.hits, "misses": use.misses, "bytes": use.size}


def pushed_document(layers: Pushed | None) -> dict[str, int] | None:
    """Return what became of the layers of an image that was pushed; None for a file."""
    return None if layers is None else {"sent": layers.sent, "mounted": layers.mounted, "there": layers.there}


def _commands(written: WrittenImage) -> dict[str, Any] | None:
    if written.target == "-" or is_remote(written.target):
        return None
    return {
        kind: [one._asdict() for one in found]
        for kind, found in (("push", push_commands(written)), ("load", after_loading(written)))
    }
