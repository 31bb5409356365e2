"""What docker save writes, with the members that nixpkgs' stream_layered_image.py has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.digest import digest_of, hex_of
from nixdive.image.oci.manifest import Saved, docker_manifest_bytes
from nixdive.image.writers.parts import Documents, Parts

if TYPE_CHECKING:
    from collections.abc import Sequence


class _DockerArchive:
    directory = False
    compressions = frozenset({"none", "gzip", "zstd", "xz", "bzip2"})

    def blob_name(self, digest: str) -> str:
        return f"{hex_of(digest)}/layer.tar"

    def documents(self, images: Sequence[Parts]) -> Documents:
        members = {}
        saved = []
        for parts in images:
            config = f"{hex_of(digest_of(parts.config))}.json"
            members[config] = parts.config
            saved.append(Saved(config, parts.name, [self.blob_name(layer.digest) for layer in parts.layers]))
        manifest = docker_manifest_bytes(saved)
        members["manifest.json"] = manifest
        return Documents(tuple(members.items()), (digest_of(manifest),) * len(images))


DOCKER_ARCHIVE = _DockerArchive()
