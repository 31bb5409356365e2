"""The image in some files, whichever documents describe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.errors import ImageError, MalformedImageError
from nixdive.image.readers import docker_archive, oci
from nixdive.image.readers.archive import files_of
from nixdive.image.readers.choice import ANY, Wanted

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.readers.files import Files
    from nixdive.image.readers.stored import StoredImage


def read_image(path: Path, wanted: Wanted = ANY) -> StoredImage:
    """Return the chosen image of an archive or a layout; no layer is read.

    Args:
        path: the file or the directory.
        wanted: which one of several to choose.

    Raises:
        ImageError: several images match, or none has the name or the platform.
        MalformedImageError: there is no image at the path.
    """
    return image_in(files_of(path), wanted)


def image_in(files: Files, wanted: Wanted = ANY) -> StoredImage:
    """Return the chosen image of these files, as `read_image`."""
    names = files.names()
    if docker_archive.MANIFEST in names and oci.INDEX in names:
        return _readable(files, wanted)
    if oci.INDEX in names:
        return oci.read(files, oci.chosen(files, wanted))
    if docker_archive.MANIFEST in names:
        return docker_archive.read_one(files, wanted)
    old = {"repositories"} <= names
    raise MalformedImageError(
        f"{files.where}: it is not an image: it has neither {docker_archive.MANIFEST} nor {oci.INDEX}",
        hint="it was saved by a Docker older than 1.10; load it into a newer one and save it again"
        if old
        else "expected a docker-archive, an OCI archive or an OCI layout",
    )


def image_names(files: Files) -> tuple[str, ...]:
    """Return by which names each of the images in these files can be chosen; its digest where it has none.

    Raises:
        MalformedImageError: they hold no image, or a document of them cannot be read.
    """
    if oci.INDEX in files.names():
        entries = [one for one in oci.manifests(files) if not oci.is_artifact(files, one)]
        return tuple(name for one in entries for name in oci.names(one) or (one.digest,))
    return tuple(name for one in docker_archive.read(files) if (name := one.name))


def _readable(files: Files, wanted: Wanted) -> StoredImage:
    """Return the image that two kinds of documents describe: by the OCI index, if that leads to its layers.

    Engines read the kind that they know and never look at the other.
    """
    image, error = None, None
    try:
        image = oci.read(files, oci.chosen(files, wanted))
    except MalformedImageError as cause:
        error = cause
    if image is not None and not _faults(image):
        return image
    try:
        other = docker_archive.read_one(files, wanted)
    except ImageError:
        if error is not None:
            raise error from None
    else:
        if image is None or _faults(other) < _faults(image):
            return other
    assert image is not None  # noqa: S101  else there is an error
    return image


def _faults(image: StoredImage) -> int:
    return sum(bool(layer.fault) for layer in image.layers)
