"""The directories of a base image: where a file really lands that is put below a link to one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from nixdive.errors import ImageError
from nixdive.image.members import members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nixdive.image.base import BaseImage

_HOPS = 40  # as Linux: path_resolution(7)
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"


class Folders(NamedTuple):
    """The directories of an image, and the links that may stand for some.

    Attributes:
        links: absolute names of symbolic links with their targets.
        modes: absolute names of directories with their permission bits.
    """

    links: dict[bytes, bytes]
    modes: dict[bytes, int]


def folders_of(base: BaseImage) -> Folders:
    """Return the directories and links of an image; its layers are read.

    Layers are merged as the OCI image specification says (layer.md, Whiteouts).

    Raises:
        MalformedImageError: a layer is no tar.
    """
    known: dict[bytes, bytes | int] = {}
    for layer in base.blobs:
        lost: set[bytes] = set()
        emptied: set[bytes] = set()
        found: dict[bytes, bytes | int | None] = {}
        for member in members(layer):
            name = "/" + os.path.normpath(member.name).strip("/")
            folder, _, last = name.rpartition("/")
            if last == _OPAQUE:
                emptied.add(_raw(folder))
            elif last.startswith(_WHITEOUT):
                lost.add(_raw(f"{folder}/{last.removeprefix(_WHITEOUT)}"))
            elif member.isdir():
                found[_raw(name)] = member.mode & 0o7777
            else:
                found[_raw(name)] = _raw(member.linkname) if member.issym() else None
        # whatever is no directory takes the place of one with all that is below
        lost |= {name for name, what in found.items() if not isinstance(what, int)}
        if lost or emptied:
            known = {name: what for name, what in known.items() if not _is_gone(name, lost, emptied)}
        known |= {name: what for name, what in found.items() if what is not None}
    links = {name: what for name, what in known.items() if isinstance(what, bytes)}
    modes = {name: what for name, what in known.items() if isinstance(what, int)}
    return Folders(links, modes)


def _is_gone(name: bytes, lost: set[bytes], emptied: set[bytes]) -> bool:
    gone = name in lost
    while name and not gone:
        name = name.rpartition(b"/")[0]
        gone = name in lost or name in emptied
    return gone


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


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
