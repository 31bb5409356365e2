"""Images for single platforms, or closures of which they are made, become one for all of them."""

from __future__ import annotations

import os
import re
import stat
import weakref
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.errors import ImageError, WriteError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.image_index import Offered
    from nixdive.image.oci.platform import Platform
    from nixdive.image.write_index import WrittenIndex
    from nixdive.progress import Progress

_FOR_PLATFORM = re.compile(r"([a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9.]+)?)=(.+)", re.DOTALL)


def index(
    images: Sequence[str],
    target: str,
    progress: Progress,
    *,
    name: str | None,
    image_format: str,
    annotations: Mapping[str, str],
) -> WrittenIndex:
    """Write an index of images, with all that is about them.

    Args:
        images: as the user named them; one for several platforms brings all of them. A closure becomes an
            image in the usual layers, for this machine's platform, or OS/ARCH=CLOSURE for that one; images of
            a docker-archive are written anew, with the layers that they have.
        target: a file, a directory, or docker://HOST/NAME:TAG.
        progress: told of each phase, and asked whether to stop.
        name: NAME:TAG; None takes the one that all images have, and the target's in a registry.
        image_format: oci-archive or oci.
        annotations: of the index.

    Raises:
        NixdiveError: an image cannot be read or made, two are for one platform, or the target cannot be
            written, or is one of the images, whose file would be replaced.
        Cancelled: the user stopped it.
    """
    from nixdive.image.image_index import image_index
    from nixdive.image.oci.name import ImageName
    from nixdive.image.write_index import write_index
    from nixdive.remote.name import is_in_registry

    remote = is_in_registry(target)
    if remote:
        from nixdive.remote.approach import Approach

        approached: Approach | nullcontext[None] = Approach(target, images, progress)
    else:
        approached = nullcontext()
    with approached as to:
        offered = [_offered(text, name, progress) for text in images]
        if not remote:
            _refuse_input(target, offered)
        made = image_index(offered, annotations)
        if to is not None:
            from nixdive.remote.push_index import push_index

            return push_index(made, to, progress)
        known = {found for one in made.images for found in one.names[:1]}
        if name is None and len(known) != 1:
            cause = "have different names" if known else "have no name"
            raise ImageError(f"the images {cause}", hint="name the index: --name NAME:TAG")
        called = ImageName.parse(known.pop() if name is None else name).familiar
        return write_index(made, called, Path(target), image_format, progress)


def _offered(text: str, name: str | None, progress: Progress) -> Offered:
    """Return the images that a word names.

    One is made of a closure, and of a docker-archive, which has no manifest that an index could list.
    """
    from nixdive.image.image_index import Offered
    from nixdive.image.oci.platform import Platform
    from nixdive.image.readers import oci
    from nixdive.opening.recognise import Form, image_named, recognise
    from nixdive.opening.stored import image_files

    meant = None if there.exists(text, ImageError, follow=False) else _FOR_PLATFORM.fullmatch(text)
    word = meant[2] if meant else text
    if image_named(word) is not None or recognise(word).form in {Form.IMAGE, Form.REMOTE}:
        opened = image_files(word, None, progress)
        if oci.INDEX in opened.files.names():
            if meant:
                raise ImageError(f"{text}: an image states its platform itself", hint=f"name it as {word}")
            return Offered(opened.text, opened.files, opened.wanted)
    return _made(text, word, Platform.parse(meant[1]) if meant else None, name, progress)


def _made(text: str, word: str, platform: Platform | None, name: str | None, progress: Progress) -> Offered:
    """Write an image into a layout that is removed with the value that is returned."""
    from nixdive.cache.user import user_cache
    from nixdive.image.image_index import Offered
    from nixdive.image.readers.choice import ANY
    from nixdive.image.readers.files import DirectoryFiles
    from nixdive.unfinished import temporary_folder
    from nixdive.workspace.open import OpenRequest, open_workspace

    workspace = open_workspace(OpenRequest((word,), name=name), progress)
    spec = workspace.subject.spec
    spec = replace(spec, image_format="oci", platform=platform or spec.platform)
    folder = temporary_folder(WriteError)
    try:
        place = folder.path / "image"
        workspace.write(workspace.laid_out(), spec, place, progress, cache=user_cache(progress.note))
        files = DirectoryFiles(place, text)
    except BaseException:
        folder.remove()
        raise
    weakref.finalize(files, folder.remove)
    return Offered(text, files, ANY)


def _refuse_input(target: str, offered: Sequence[Offered]) -> None:
    """Raise WriteError where a file that is read would be replaced: it may hold more than what is taken."""
    there_now = there.status(target, WriteError)
    if there_now is None or not stat.S_ISREG(there_now.st_mode):
        return
    for one in offered:
        read = there.status(one.files.where, WriteError)
        if read is not None and os.path.samestat(read, there_now):
            raise WriteError(f"{target}: it is one of the images", hint="name another file with -o")
