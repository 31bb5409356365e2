"""The OCI image layout, as a directory and as a tar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nixdive.image.digest import digest_of, hex_of
from nixdive.image.manifest import OCI_LAYOUT, index_bytes, manifest_bytes
from nixdive.image.writers.parts import Documents

if TYPE_CHECKING:
    from nixdive.image.writers.parts import Parts


@dataclass(frozen=True)
class _Oci:
    directory: bool
    compressions = frozenset({"none", "gzip", "zstd"})

    def blob_name(self, digest: str) -> str:
        return f"blobs/sha256/{hex_of(digest)}"

    def documents(self, parts: Parts) -> Documents:
        manifest = manifest_bytes(parts.config, parts.layers)
        members = (
            (self.blob_name(digest_of(parts.config)), parts.config),
            (self.blob_name(digest_of(manifest)), manifest),
            ("index.json", index_bytes(manifest, parts.name, parts.architecture)),
            ("oci-layout", OCI_LAYOUT),
        )
        return Documents(members, digest_of(manifest))


OCI_ARCHIVE = _Oci(directory=False)
OCI = _Oci(directory=True)
