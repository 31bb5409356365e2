"""Two images as a registry sees them: layers by the digests of their blobs, and by what the blobs contain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class LayerBlob(Protocol):
    """What has to be known of a layer.

    Attributes:
        diff_id: the digest of its uncompressed tar.
        digest: the digest of its blob; None in a docker-archive, whose layers are packed when pushed.
        size: bytes of the blob as it is stored.
    """

    @property
    def diff_id(self) -> str: ...  # noqa: D102
    @property
    def digest(self) -> str | None: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102


class NamedBlob(NamedTuple):
    """A layer of an image whose manifest and config alone were read."""

    diff_id: str
    digest: str | None
    size: int


@dataclass(frozen=True, slots=True)
class BlobCost:
    """What a push of an image sends when others were pushed earlier.

    Attributes:
        push_bytes: bytes of the new layers as they are stored.
        layers_reused: how many layers the registry already has.
        layers_new: how many it does not have.
        layers_repacked: how many layers an earlier image has with the same contents in another blob: not
            compressed, or by another compressor. A client that keeps digests sends them again.
        repacked_bytes: bytes of their blobs.
        exact: whether every client that keeps digests sends exactly these bytes.
        packed: whether these are blobs that a push sends as they are; False for a docker-archive.
    """

    push_bytes: int
    layers_reused: int
    layers_new: int
    layers_repacked: int
    repacked_bytes: int
    exact: bool
    packed: bool


def push_blobs(
    layers: Sequence[LayerBlob], *earlier: Sequence[LayerBlob], in_registry: bool = False
) -> BlobCost:
    """Return what a push of an image's layers sends after earlier images; a repeated layer is sent once.

    Args:
        layers: those of the image.
        earlier: those of images that were pushed before.
        in_registry: whether the earlier blobs are those that the registry has. Then a layer with the same
            contents in another blob is new. Otherwise it is reused: what was pushed out of a file has the
            file's contents, but its blobs depend on the client.
    """
    packed = all(layer.digest for layer in layers)
    digests = {layer.digest for image in earlier for layer in image if layer.digest}
    contents: dict[str, bool] = {}  # diff_ids, and whether their blobs are known
    for layer in (layer for image in earlier for layer in image):
        contents[layer.diff_id] = contents.get(layer.diff_id, False) or layer.digest is not None
    sent: dict[str, int] = {}
    again: dict[str, int] = {}
    reused = repacked = unsure = 0
    for layer in layers:
        name = layer.digest or layer.diff_id
        if layer.digest in digests:
            reused += 1
        elif layer.diff_id not in contents:
            sent[name] = layer.size
        elif layer.digest and contents[layer.diff_id]:
            again[name] = layer.size
            repacked += 1
        else:  # one of the two is packed when it is pushed
            reused += 1
            unsure += 1
    if in_registry:
        sent |= again
    else:
        reused += repacked
    exact = (
        packed and not repacked and not unsure and all(layer.digest for image in earlier for layer in image)
    )
    return BlobCost(
        sum(sent.values()), reused, len(layers) - reused, repacked, sum(again.values()), exact, packed
    )
