"""The forms in which an image can be written: the names of its members, and its documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nixdive.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.writers.parts import Documents, Parts


class Format(Protocol):
    """One form of an image.

    Attributes:
        directory: whether it is a directory of files rather than one uncompressed tar.
        compressions: the blob compressions that its readers support.
    """

    directory: bool
    compressions: frozenset[str]

    def blob_name(self, digest: str) -> str:
        """Return the name of the member with a layer's blob."""

    def documents(self, images: Sequence[Parts]) -> Documents:
        """Return the members other than layers; those that images share appear once."""


FORMATS: Catalogue[Format] = Catalogue(
    "image format",
    {
        "hybrid": "nixdive.image.writers.hybrid:HYBRID",
        "docker-archive": "nixdive.image.writers.docker_archive:DOCKER_ARCHIVE",
        "oci-archive": "nixdive.image.writers.oci:OCI_ARCHIVE",
        "oci": "nixdive.image.writers.oci:OCI",
    },
)
