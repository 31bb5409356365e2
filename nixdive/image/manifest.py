"""Manifest and index of an OCI image (image-spec: manifest.md, image-index), docker's manifest.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.image import media
from nixdive.image.config import canonical
from nixdive.image.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.name import ImageName
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


def index_bytes(manifest: bytes, name: ImageName, architecture: str) -> bytes:
    """Return the index of a layout that holds one image.

    The tag alone is the reference name, as the specification has it; the full name stands in containerd's
    annotation, which podman reads too.
    """
    entry = descriptor(media.MANIFEST, digest_of(manifest), len(manifest))
    entry["platform"] = {"architecture": architecture, "os": "linux"}
    entry["annotations"] = {
        "io.containerd.image.name": name.full,
        "org.opencontainers.image.ref.name": name.tag,
    }
    return canonical({"schemaVersion": 2, "mediaType": media.INDEX, "manifests": [entry]})


def docker_manifest_bytes(config: str, name: ImageName, layers: Sequence[str]) -> bytes:
    """Return docker's manifest.json, from the names of the members that hold config and layers."""
    return canonical([{"Config": config, "RepoTags": [str(name)], "Layers": list(layers)}])
