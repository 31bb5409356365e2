"""The image that a word names as it is stored: no layer is read."""

from __future__ import annotations

import shlex
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.errors import ImageError, SourceError
from nixdive.image.readers.archive import TarFiles, files_of
from nixdive.image.readers.choice import ANY, Wanted
from nixdive.image.readers.found import image_in
from nixdive.image.readers.nix2container import DescribedFiles
from nixdive.opening.content import is_image_folder
from nixdive.opening.piped import is_piped, piped
from nixdive.opening.recognise import Form, Named, image_named, recognise
from nixdive.remote.name import is_in_registry

if TYPE_CHECKING:
    from nixdive.image.oci.platform import Platform
    from nixdive.image.readers.files import Files
    from nixdive.image.readers.stored import StoredImage
    from nixdive.progress import Progress

_NO_IMAGE_YET = {
    Form.STORE_PATH: "it is a store path",
    Form.INSTALLABLE: "it is what Nix builds",
    Form.DEMO: "it is the demo",
}
_EXPECTED = "expected a docker-archive, an OCI archive or layout, FILE:NAME, or docker://HOST/NAME:TAG"


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """The files that a word names, and which image in them it means.

    Attributes:
        text: the word.
        files: the files.
        wanted: which image.
    """

    text: str
    files: Files
    wanted: Wanted

    @property
    def stored(self) -> StoredImage:
        """The image; no layer of it is read.

        Raises ImageError where there is no such image, or several match.
        """
        return image_in(self.files, self.wanted)


def stored_image(named: Named, platform: Platform | None, progress: Progress) -> StoredImage:
    """Return the image that a word names; no layer is read, but skopeo copies what only it can reach.

    The layers of an image in a registry are fetched when they are read.

    Raises:
        RegistryError: the registry cannot be reached, or refuses.
        SourceError: skopeo is missing, or fails.
        ImageError: there is no such image, or several match.
        Cancelled: the user stopped it.
    """
    return _files_of(named, platform, progress).stored


def image_files(
    text: str, platform: Platform | None, progress: Progress, *, damaged: bool = False
) -> ImageFiles:
    """Return the files of the image that a word names, for commands that take nothing but images.

    Args:
        text: an archive or a directory, with or without :NAME; what skopeo reaches; - or a pipe, which is
            copied into a temporary file.
        platform: which one of an image for several platforms; None means this machine's.
        progress: notified while it is copied or unpacked.
        damaged: whether an archive that is damaged after its first member is read as far as possible.

    Raises:
        SourceError: there is no such file, or skopeo is missing or fails.
        ImageError: it is not an image; the error says what it is instead.
        Cancelled: the user stopped it.
    """
    if not text:
        raise SourceError(there.EMPTY_WORD, hint=_EXPECTED)
    named = image_named(text)
    if named is not None:
        return _files_of(named, platform, progress, damaged=damaged)
    if is_piped(text):
        cause = "it is not an image" if piped(text, text).data.strip() else "it is empty"
        raise ImageError(f"{text}: {cause}", hint=_EXPECTED)
    found = there.status(text, SourceError)
    if found is None or (there.is_folder(text, SourceError) and not is_image_folder(text, text)):
        _refuse_closure(text)
    if found is None:
        raise SourceError(f"{text}: no such file", hint=_EXPECTED)
    if not (found.st_size or there.is_folder(text, SourceError)):
        raise ImageError(f"{text}: it is empty", hint=_EXPECTED)
    return _files_of(Named(text, Form.IMAGE, text), platform, progress, damaged=damaged)


def _refuse_closure(text: str) -> None:
    """Raise ImageError for what other commands take, of which there is no image yet."""
    with suppress(SourceError):  # what is said of files tells more
        if (what := _NO_IMAGE_YET.get(recognise(text).form)) is not None:
            raise ImageError(
                f"{text}: {what}, and not an image yet",
                hint=f"write makes one: nixdive write {shlex.quote(text)} -o image.tar",
            )


def _files_of(
    named: Named, platform: Platform | None, progress: Progress, *, damaged: bool = False
) -> ImageFiles:
    if named.form is Form.REMOTE and is_in_registry(named.text):
        from nixdive.remote.image import remote_files

        return ImageFiles(named.text, remote_files(named.text, progress), Wanted(None, platform))
    if named.form is Form.REMOTE:
        from nixdive.image.skopeo import copied

        return ImageFiles(named.text, copied(named.text, platform, progress), ANY)
    where = named.text.removesuffix(f":{named.image}")
    if named.piped is not None:
        files: Files = (
            TarFiles(named.piped.archive(), progress, where, damaged=damaged)
            if named.piped.is_archive
            else DescribedFiles(named.piped.data, where)
        )
        return ImageFiles(named.text, files, Wanted(named.image, platform))
    files = files_of(Path(named.place), progress, where, damaged=damaged)
    return ImageFiles(named.text, files, Wanted(named.image, platform))
