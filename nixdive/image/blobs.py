"""Two images as a registry sees them: blobs by digest, exact to the byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nixdive.image.readers.stored import StoredImage, StoredLayer


@dataclass(frozen=True, slots=True)
class BlobCost:
    """What a push of an image sends when others were pushed earlier.

    Attributes:
        push_bytes: bytes of the new layers as they are stored.
        layers_reused: how many layers the registry already has.
        layers_new: how many it does not have.
        exact: whether these are the blobs that a push sends; False for a docker-archive, whose layers are
            compressed when they are pushed.
    """

    push_bytes: int
    layers_reused: int
    layers_new: int
    exact: bool


def push_blobs(image: StoredImage, *earlier: StoredImage) -> BlobCost:
    """Return what a push of an image sends after earlier ones; a repeated layer is sent once."""
    exact = all(layer.digest for one in (image, *earlier) for layer in one.layers)

    def identity(layer: StoredLayer) -> str:
        return layer.digest if exact and layer.digest else layer.diff_id

    known = {identity(layer) for one in earlier for layer in one.layers}
    new = {identity(layer): layer.size for layer in image.layers if identity(layer) not in known}
    reused = sum(identity(layer) in known for layer in image.layers)
    return BlobCost(sum(new.values()), reused, len(image.layers) - reused, exact)
