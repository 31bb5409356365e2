"""An image in a registry: manifest and config, and no layer before it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nixdive.errors import MalformedImageError, RegistryError
from nixdive.image.readers import oci
from nixdive.image.readers.choice import Wanted
from nixdive.image.readers.stored import diff_ids, json_of
from nixdive.progress import NullProgress
from nixdive.remote.files import RegistryFiles
from nixdive.remote.name import RemoteName
from nixdive.remote.registries_conf import pulled_from
from nixdive.remote.registry import Registry
from nixdive.remote.repository import Repository

if TYPE_CHECKING:
    from nixdive.image.oci.platform import Platform
    from nixdive.image.readers.stored import Descriptor, StoredImage
    from nixdive.progress import Progress
    from nixdive.remote.registries_conf import Source


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """One image in a registry, of which manifest and config were read.

    Attributes:
        name: what the user named.
        entry: the descriptor of its manifest, that of its platform if there are several.
        manifest: its config and its layers as descriptors: digest, media type, bytes of the blob.
        config: the config, parsed.
        diff_ids: of the layers, lowest first; as many as the manifest has layers.
        files: the documents, and the layers once they are read.
    """

    name: RemoteName
    entry: Descriptor
    manifest: oci.Manifest
    config: dict[str, Any]
    diff_ids: tuple[str, ...]
    files: RegistryFiles = field(repr=False)

    @property
    def layers(self) -> tuple[Descriptor, ...]:
        """The layers, lowest first."""
        return self.manifest.layers

    def stored(self) -> StoredImage:
        """Return the image to be read; of each layer the beginning is fetched, the rest when it is read.

        Raises:
            RegistryError: a layer cannot be had.
            MalformedImageError: the image is malformed.
        """
        return oci.read(self.files, self.entry)


def remote_files(text: str, progress: Progress) -> RegistryFiles:
    """Return an image in a registry, or an index of images, as the files of a layout; one request is sent.

    Where there are mirrors, the first one that has it is read. Arguments and errors as in `remote_image`.
    """
    name = RemoteName.parse(text)
    progress.start("asking the registry", None)
    *mirrors, last = pulled_from(name)
    for mirror in mirrors:
        try:
            return _files(name, mirror, progress)
        except (RegistryError, MalformedImageError) as error:
            progress.note(f"the mirror {mirror.name.host} is passed over: {error}")
    return _files(name, last, progress)


def _files(name: RemoteName, source: Source, progress: Progress) -> RegistryFiles:
    registry = Registry(source, "pull", progress)
    try:
        repository = Repository(registry)
        files = RegistryFiles(repository, repository.manifest(), name)
    except BaseException:
        registry.close()
        raise
    registry.progress = NullProgress()  # who reads a layer later has a progress of its own
    return files


def remote_image(text: str, platform: Platform | None, progress: Progress) -> RemoteImage:
    """Return an image in a registry; manifest and config are read, and no layer.

    Args:
        text: docker://HOST/NAME[:TAG][@DIGEST].
        platform: which one of several; None for this machine's.
        progress: notified of the phase, and asked whether to stop.

    Raises:
        ImageError: the text is not a name, or there is no image for the platform.
        RegistryError: the registry cannot be reached, or refuses; the message says why.
        MalformedImageError: manifest or config is malformed, or not what its digest says.
        Cancelled: the user stopped it.
    """
    name = RemoteName.parse(text)
    files = remote_files(text, progress)
    entry = oci.chosen(files, Wanted(None, platform))
    manifest = oci.manifest(files, entry)
    if not manifest.is_image:
        raise oci.no_image(files, [entry])
    member = oci.blob(manifest.config.digest)
    config = json_of(files, member)
    found = diff_ids(files, member, config)
    if len(found) != len(manifest.layers):
        raise MalformedImageError(
            f"{name.text}: the manifest has {len(manifest.layers)} layers, its config {len(found)} diff_ids"
        )
    return RemoteImage(name, entry, manifest, config, tuple(found), files)
