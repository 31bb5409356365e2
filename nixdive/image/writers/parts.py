"""The parts of an image once its layers are written, and the documents made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nixdive.image.oci.manifest import Indexed, reference

if TYPE_CHECKING:
    from nixdive.image.oci.name import ImageName
    from nixdive.image.oci.platform import Platform
    from nixdive.image.oci.said import Said
    from nixdive.image.written import WrittenLayer


class Slot(NamedTuple):
    """A place for a blob: an open file and where in it the blob begins."""

    descriptor: int
    offset: int


PRESENT = Slot(-1, 0)
"""The place of a blob that the target, a layout, has already."""


class Blob(NamedTuple):
    """A layer's blob, written or only measured.

    Attributes:
        diff_id: digest of the uncompressed tar.
        digest: digest of the blob.
        size: bytes of the blob.
        uncompressed_size: bytes of the tar.
        compression: none, gzip, zstd, xz or bzip2.
        zeros: whether a layer that was copied has zeros behind its gzip data.
    """

    diff_id: str
    digest: str
    size: int
    uncompressed_size: int
    compression: str
    zeros: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the documents of an image are made from."""

    name: ImageName
    platform: Platform
    config: bytes
    layers: tuple[WrittenLayer, ...]
    said: Said


class Documents(NamedTuple):
    """The documents of a target.

    Attributes:
        members: everything other than the layers, in order.
        manifest_digests: for each image the digest that stands for it.
        indexed: the images as listed in the index of a layout, if the target has one.
    """

    members: tuple[tuple[str, bytes], ...]
    manifest_digests: tuple[str, ...]
    indexed: tuple[Indexed, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        """The names of the images in an index that contains nothing else."""
        names = [image.name for image in self.indexed if image.name is not None]
        return tuple(reference(name, alone=len(names) == 1) for name in names)


class Finished(NamedTuple):
    """A target that is complete.

    Attributes:
        total: bytes of the images in it.
        references: the name of each image in its index; empty if it has none.
    """

    total: int
    references: tuple[str, ...]
