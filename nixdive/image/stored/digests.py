"""Whether the bytes of a layer have the digests that the documents of its image state."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from nixdive.errors import MalformedImageError
from nixdive.progress import Progress, check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.image.readers.stored import StoredLayer


def what_is_wrong(layer: StoredLayer, progress: Progress) -> str:
    """Return what is wrong with the digests of a layer, nothing where they are right; it is read to its end.

    Args:
        layer: as it is stored; its blob is there.
        progress: asked whether to stop.

    Raises:
        Cancelled: nobody wants to know any more.
    """
    packed, plain = sha256(), sha256()

    def blob() -> Iterator[bytes]:
        for piece in layer.chunks():
            check(progress)
            packed.update(piece)
            yield piece

    try:
        if layer.compression == "none":
            plain = packed
            for _ in blob():
                pass
        else:
            for piece in layer.tar(blob()):
                plain.update(piece)
    except MalformedImageError as error:
        return layer.cause(error)
    digest, diff_id = (f"sha256:{one.hexdigest()}" for one in (packed, plain))
    if layer.digest not in {None, digest}:
        return f"its digest is {digest}"
    if layer.diff_id not in {"", diff_id}:
        return f"its diff_id is {diff_id}"
    return ""
