"""An OCI archive that is a docker-archive too: manifest.json names the same blobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.image.digest import digest_of
from nixdive.image.manifest import docker_manifest_bytes
from nixdive.image.writers.oci import OCI_ARCHIVE
from nixdive.image.writers.parts import Documents

if TYPE_CHECKING:
    from nixdive.image.writers.parts import Parts


class _Hybrid:
    directory = False
    compressions = OCI_ARCHIVE.compressions

    def blob_name(self, digest: str) -> str:
        return OCI_ARCHIVE.blob_name(digest)

    def documents(self, parts: Parts) -> Documents:
        found = OCI_ARCHIVE.documents(parts)
        layers = [self.blob_name(layer.digest) for layer in parts.layers]
        manifest = docker_manifest_bytes(self.blob_name(digest_of(parts.config)), parts.name, layers)
        return Documents((*found.members, ("manifest.json", manifest)), found.manifest_digest)


HYBRID = _Hybrid()
