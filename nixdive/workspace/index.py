"""Images for single platforms become one for all of them."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.write_index import WrittenIndex
    from nixdive.progress import Progress


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
        images: as the user named them; one for several platforms brings all of them.
        target: a file, a directory, or docker://HOST/NAME:TAG.
        progress: told of each phase, and asked whether to stop.
        name: NAME:TAG; None takes the one that all images have, and the target's in a registry.
        image_format: oci-archive or oci.
        annotations: of the index.

    Raises:
        NixdiveError: an image cannot be read, two are for one platform, or the target cannot be written.
        Cancelled: the user stopped it.
    """
    from nixdive.image.image_index import Offered, image_index
    from nixdive.image.name import ImageName
    from nixdive.image.write_index import write_index
    from nixdive.opening.stored import image_files
    from nixdive.remote.name import is_in_registry

    remote = is_in_registry(target)
    if remote:
        from nixdive.remote.approach import Approach

        approached: Approach | nullcontext[None] = Approach(target, images, progress)
    else:
        approached = nullcontext()
    with approached as to:
        opened = [image_files(text, None, progress) for text in images]
        made = image_index([Offered(one.text, one.files, one.wanted) for one in opened], annotations)
        if to is not None:
            from nixdive.remote.push_index import push_index

            return push_index(made, to, progress)
        known = {found for one in made.images for found in one.names[:1]}
        if name is None and len(known) != 1:
            cause = "have different names" if known else "have no name"
            raise ImageError(f"the images {cause}", hint="name the index: --name NAME:TAG")
        called = ImageName.parse(name or known.pop()).familiar
        return write_index(made, called, Path(target), image_format, progress)
