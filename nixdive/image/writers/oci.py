"""The OCI image layout, as a directory and as a tar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.digest import digest_of, hex_of
from nixdive.image.oci.config import canonical
from nixdive.image.oci.manifest import INDEX, LAYOUT, OCI_LAYOUT, Indexed, index_of, manifest_bytes
from nixdive.image.writers.parts import Documents, Parts

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class _Oci:
    directory: bool
    compressions = frozenset({"none", "gzip", "zstd"})

    def blob_name(self, digest: str) -> str:
        return f"blobs/sha256/{hex_of(digest)}"

    def documents(self, images: Sequence[Parts]) -> Documents:
        manifests = [manifest_bytes(parts.config, parts.layers, parts.said) for parts in images]
        blobs = (
            data
            for parts, manifest in zip(images, manifests, strict=True)
            for data in (parts.config, manifest)
        )
        members = {self.blob_name(digest_of(data)): data for data in blobs}
        entries = [
            Indexed(manifest, parts.name, parts.platform, parts.said)
            for parts, manifest in zip(images, manifests, strict=True)
        ]
        members |= {INDEX: canonical(index_of(entries)), LAYOUT: OCI_LAYOUT}
        return Documents(tuple(members.items()), tuple(map(digest_of, manifests)), tuple(entries))


OCI_ARCHIVE = _Oci(directory=False)
OCI = _Oci(directory=True)
