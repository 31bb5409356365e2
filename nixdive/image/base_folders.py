"""The directories of a base image: where a file really lands that is put below a link to one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from nixdive.contents.entry import EntryKind
from nixdive.contents.file_tree import stacked
from nixdive.contents.layer_index import index_headers
from nixdive.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.image.base import BaseImage

_HOPS = 40  # as Linux: path_resolution(7)


class Folders(NamedTuple):
    """The directories of an image, and the links that may stand for some.

    Attributes:
        links: absolute names of symbolic links with their targets.
        modes: absolute names of directories with their permission bits.
    """

    links: dict[bytes, bytes]
    modes: dict[bytes, int]


def folders_of(base: BaseImage) -> Folders:
    """Return the directories and links of an image; of its layers only the headers are read.

    Raises:
        MalformedImageError: a layer is no tar.
    """
    files = stacked([index_headers(layer.reader()) for layer in base.blobs]).files
    found = [(name, placed.entry) for name, placed in files.items()]
    return Folders(
        {name: entry.target for name, entry in found if entry.kind is EntryKind.SYMLINK},
        {name: entry.mode for name, entry in found if entry.kind is EntryKind.DIRECTORY},
    )


def landed(name: bytes, links: Mapping[bytes, bytes]) -> bytes:
    """Return the name under which a file really lies whose folders may be links.

    Args:
        name: an absolute name; a link in its last part is not followed.
        links: absolute names of links with their targets.

    Raises:
        ImageError: the links go round in a circle.
    """
    waiting = name.strip(b"/").split(b"/")
    real: list[bytes] = []
    hops = 0
    while waiting:
        part = waiting.pop(0)
        if part == b"..":
            del real[-1:]
        elif part not in {b"", b"."}:
            real.append(part)
            target = links.get(b"/" + b"/".join(real)) if waiting else None
            if target is not None:
                hops += 1
                if hops > _HOPS:
                    raise ImageError(
                        f"{os.fsdecode(name)}: the links of the base image go round in a circle",
                        hint="write without --from, or without --contents",
                    )
                real = [] if target.startswith(b"/") else real[:-1]
                waiting = [*target.split(b"/"), *waiting]
    return b"/" + b"/".join(real)
