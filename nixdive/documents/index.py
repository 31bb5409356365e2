"""An image for several platforms that was written: the JSON document nixdive.index/1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.documents.image import pushed_document

if TYPE_CHECKING:
    from nixdive.image.image_index import Listed
    from nixdive.image.write_index import WrittenIndex


def index_document(written: WrittenIndex) -> dict[str, Any]:
    """Return what was written; sizes in bytes, images in the order of the inputs."""
    index = written.index
    return {
        "format": "nixdive.index/1",
        "target": written.target,
        "name": written.name,
        "image_format": written.image_format,
        "reference": written.reference,
        "digest": index.digest,
        "annotations": dict(index.annotations),
        "images": [{**_listed(one), "platform": str(one.platform)} for one in index.images],
        "attestations": [_listed(one) for one in index.attestations],
        "companions": [{**_listed(one), "tag": one.tag or None} for one in index.companions],
        "bytes_written": written.bytes_written,
        "seconds": written.seconds,
        "pushed": pushed_document(written.pushed),
    }


def _listed(one: Listed) -> dict[str, Any]:
    return {"digest": one.digest, "media_type": one.entry["mediaType"], "input": one.text}
