"""An OCI archive that is a docker-archive too: manifest.json names the same blobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.digest import digest_of
from nixdive.image.oci.manifest import Saved, docker_manifest_bytes
from nixdive.image.writers.oci import OCI_ARCHIVE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.writers.parts import Documents, Parts


class _Hybrid:
    directory = False
    compressions = OCI_ARCHIVE.compressions

    def blob_name(self, digest: str) -> str:
        return OCI_ARCHIVE.blob_name(digest)

    def documents(self, images: Sequence[Parts]) -> Documents:
        found = OCI_ARCHIVE.documents(images)
        saved = [
            Saved(
                self.blob_name(digest_of(parts.config)),
                parts.name,
                [self.blob_name(layer.digest) for layer in parts.layers],
            )
            for parts in images
        ]
        manifest = docker_manifest_bytes(saved)
        return found._replace(members=(*found.members, ("manifest.json", manifest)))


HYBRID = _Hybrid()
