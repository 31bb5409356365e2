"""Two images as their registry sees them: blobs by digest, exact to the byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.image.readers.stored import StoredImage, StoredLayer


@dataclass(frozen=True, slots=True)
class BlobCost:
    """What a push of an image sends when others were pushed before.

    Attributes:
        push_bytes: bytes of the new layers as they are stored.
        layers_reused: how many layers the registry has.
        layers_new: how many it has not.
        exact: whether these are the blobs that a push sends; not so for a docker-archive, whose layers are
            packed when they are pushed.
    """

    push_bytes: int
    layers_reused: int
    layers_new: int
    exact: bool


def push_blobs(image: StoredImage, *earlier: StoredImage) -> BlobCost:
    """Return what a push of an image sends after earlier ones; a layer that comes twice is sent once."""
    exact = all(layer.digest for one in (image, *earlier) for layer in one.layers)

    def identity(layer: StoredLayer) -> str:
        return layer.digest if exact and layer.digest else layer.diff_id

    known = {identity(layer) for one in earlier for layer in one.layers}
    new = {identity(layer): layer.size for layer in image.layers if identity(layer) not in known}
    reused = sum(identity(layer) in known for layer in image.layers)
    return BlobCost(sum(new.values()), reused, len(image.layers) - reused, exact)
