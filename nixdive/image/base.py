"""A base image: its layers go below the store layers as they are, its variables before the new ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedImageError
from nixdive.image.readers import docker_archive, oci
from nixdive.image.readers.files import files_of
from nixdive.layering.plan import Layer, LayerKind

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.readers.files import Files
    from nixdive.image.readers.stored import StoredImage, StoredLayer


@dataclass(frozen=True, slots=True)
class BaseImage:
    """An image to build on.

    Attributes:
        origin: the image as the user named it.
        stored: config and layers as they are stored.
        tar_sizes: bytes of the uncompressed tar of each layer, lowest first.
    """

    origin: str
    stored: StoredImage
    tar_sizes: tuple[int, ...]

    @classmethod
    def open(cls, path: Path) -> BaseImage:
        """Open a docker-archive, an OCI archive or an OCI layout; the archives may be compressed.

        Compressed layers are read to learn how long their tars are.

        Raises MalformedImageError where it is none of them, or a compressed layer is damaged.
        """
        stored = read_image(path)
        return cls(str(path), stored, tuple(layer.tar_size() for layer in stored.layers))

    @property
    def blobs(self) -> tuple[StoredLayer, ...]:
        """The layers as they are stored, lowest first."""
        return self.stored.layers

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers as plans count them."""
        return tuple(Layer(LayerKind.BASE, (), size, f"layer of {self.origin}") for size in self.tar_sizes)

    @property
    def env(self) -> tuple[str, ...]:
        """The variables, the only part of its config that is inherited, as in nixpkgs."""
        config = self.stored.config.get("config")
        env = config.get("Env") if isinstance(config, dict) else None
        return tuple(one for one in env if isinstance(one, str)) if isinstance(env, list) else ()

    @property
    def history(self) -> tuple[dict[str, Any], ...]:
        """How its layers came about."""
        history = self.stored.config.get("history")
        return tuple(one for one in history if isinstance(one, dict)) if isinstance(history, list) else ()


def read_image(path: Path) -> StoredImage:
    """Return the first image of an archive, or the one of a layout that fits this machine.

    Raises MalformedImageError where the path holds no image.
    """
    return image_in(files_of(path))


def image_in(files: Files) -> StoredImage:
    """Return the image in these files, as `read_image` chooses it; raises MalformedImageError."""
    names = files.names()
    if oci.INDEX in names and (docker_archive.MANIFEST not in names or oci.manifests(files)):
        return oci.read(files)
    if docker_archive.MANIFEST in names:
        return docker_archive.read(files)[0]
    raise MalformedImageError(
        f"{files.where}: it is no image: neither {docker_archive.MANIFEST} nor {oci.INDEX} is in it",
        hint="expected a docker-archive, an OCI archive or an OCI layout",
    )
