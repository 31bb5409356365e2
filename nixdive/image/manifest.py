"""Manifest and index of an OCI image (image-spec: manifest.md, image-index), docker's manifest.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from nixdive.image import media
from nixdive.image.config import canonical
from nixdive.image.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.name import ImageName
    from nixdive.image.platform import Platform
    from nixdive.image.written import WrittenLayer

OCI_LAYOUT = canonical({"imageLayoutVersion": "1.0.0"})


def descriptor(media_type: str, digest: str, size: int) -> dict[str, Any]:
    """Return a descriptor: what a blob is, its digest and its bytes."""
    return {"mediaType": media_type, "digest": digest, "size": size}


def manifest_bytes(config: bytes, layers: Sequence[WrittenLayer]) -> bytes:
    """Return the OCI manifest of a config and its layers, lowest first."""
    return canonical(
        {
            "schemaVersion": 2,
            "mediaType": media.MANIFEST,
            "config": descriptor(media.CONFIG, digest_of(config), len(config)),
            "layers": [descriptor(layer.media_type, layer.digest, layer.size) for layer in layers],
        }
    )


class Indexed(NamedTuple):
    """An image as an index names it: its manifest, its name, what it runs on."""

    manifest: bytes
    name: ImageName
    platform: Platform


def index_bytes(images: Sequence[Indexed]) -> bytes:
    """Return the index of a layout.

    The full name of an image stands in containerd's annotation, which podman reads too. The reference name is
    the tag alone, as the specification has it; where there are several images it is repository and tag, since
    their tags may be the same.
    """
    entries = []
    for image in images:
        entry = descriptor(media.MANIFEST, digest_of(image.manifest), len(image.manifest))
        entry["platform"] = image.platform.described
        entry["annotations"] = {
            "io.containerd.image.name": image.name.full,
            "org.opencontainers.image.ref.name": image.name.tag if len(images) == 1 else str(image.name),
        }
        entries.append(entry)
    return canonical({"schemaVersion": 2, "mediaType": media.INDEX, "manifests": entries})


class Saved(NamedTuple):
    """An image as docker's manifest.json names it: the members that hold config and layers, and its name."""

    config: str
    name: ImageName
    layers: Sequence[str]


def docker_manifest_bytes(images: Sequence[Saved]) -> bytes:
    """Return docker's manifest.json."""
    return canonical(
        [
            {"Config": image.config, "RepoTags": [str(image.name)], "Layers": list(image.layers)}
            for image in images
        ]
    )
