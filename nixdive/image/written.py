"""The result of writing an image: the facts that people and scripts need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.store.path import StorePath


@dataclass(frozen=True, slots=True)
class WrittenLayer:
    """One layer as it was written.

    Attributes:
        diff_id: sha256 of the uncompressed layer tar, "sha256:<hex>".
        digest: sha256 of the blob as stored, "sha256:<hex>".
        media_type: OCI media type of the blob.
        size: bytes of the blob as stored.
        uncompressed_size: bytes of the layer tar.
        paths: the store paths in it.
        said: other keys of its descriptor, for a blob that was copied unchanged.
        zeros: whether zeros are behind its gzip data, as they were before; no program written in Go reads it.
    """

    diff_id: str
    digest: str
    media_type: str
    size: int
    uncompressed_size: int
    paths: tuple[StorePath, ...]
    said: Mapping[str, Any] = field(default_factory=dict, compare=False)
    zeros: bool = False


@dataclass(frozen=True, slots=True)
class CacheUse:
    """What came from a cache.

    Attributes:
        hits: layers that were in it.
        misses: layers that were made.
        size: bytes of blobs that were copied from it.
    """

    hits: int
    misses: int
    size: int


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of the layers of an image that went into a registry; one that it has twice counts once.

    Attributes:
        sent: layers that were sent.
        mounted: layers that the registry took from another repository of its own.
        there: layers that it had.
    """

    sent: int
    mounted: int
    there: int


@dataclass(frozen=True, slots=True)
class WrittenImage:
    """An image as it was written.

    Attributes:
        target: where it is now, as the user named it.
        name: NAME:TAG.
        image_format: hybrid, docker-archive, oci, oci-archive.
        config_digest: "sha256:<hex>" of the config.
        manifest_digest: "sha256:<hex>" of the OCI manifest, or of manifest.json for a plain docker-archive.
        layers: lowest first.
        bytes_written: bytes of the target; in a layout those of the files that were written, in a registry
            those of blobs and manifest that were sent.
        seconds: wall time from the first file read to the rename.
        reference: the image's name in the index of the target; None if there is no index.
        notes: limitations of single engines, although all of them load it; one line each.
        cache: what of the target came from a cache; None if none was used.
        pushed: what became of the layers, for a registry; else None.
        images: how many images were written into the target together, this one among them.
    """

    target: str
    name: str
    image_format: str
    config_digest: str
    manifest_digest: str
    layers: tuple[WrittenLayer, ...]
    bytes_written: int
    seconds: float
    reference: str | None = None
    notes: tuple[str, ...] = ()
    cache: CacheUse | None = None
    pushed: Pushed | None = None
    images: int = 1
