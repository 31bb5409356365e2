"""The links of a base image: where a file really lands that is put below one of them."""

from __future__ import annotations

import os
import tarfile
from typing import IO, TYPE_CHECKING, cast

from nixdive.errors import ImageError, MalformedImageError
from nixdive.image.compression import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nixdive.image.base import BaseImage
    from nixdive.image.readers.stored import StoredLayer

_HOPS = 40  # as Linux: path_resolution(7)
_WHITEOUT = ".wh."


def links_of(base: BaseImage) -> dict[bytes, bytes]:
    """Return the symbolic links of an image, their absolute names with their targets; its layers are read.

    Layers are merged as the OCI image specification says (layer.md, Whiteouts).

    Raises:
        MalformedImageError: a layer is no tar.
    """
    links: dict[bytes, bytes] = {}
    for layer in base.blobs:
        gone: list[str] = []
        found: dict[bytes, bytes | None] = {}
        for member in _members(layer):
            name = "/" + os.path.normpath(member.name).strip("/")
            folder, _, last = name.rpartition("/")
            if last.startswith(_WHITEOUT):
                gone.append(folder if last == ".wh..wh..opq" else f"{folder}/{last.removeprefix(_WHITEOUT)}")
            else:
                found[_raw(name)] = _raw(member.linkname) if member.issym() else None
        for lost in map(_raw, gone):
            links = {
                name: to for name, to in links.items() if name != lost and not name.startswith(lost + b"/")
            }
        for place, target in found.items():
            links.pop(place, None)
            if target is not None:
                links[place] = target
    return links


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


def _members(layer: StoredLayer) -> Iterator[tarfile.TarInfo]:
    stream = _Stream(unpacked(layer.chunks(), layer.compression, layer.where))
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|", errors="surrogateescape") as tar:
            yield from tar
    except tarfile.TarError as error:
        raise MalformedImageError(f"{layer.where}: it is no tar: {error}") from error


class _Stream:
    """Pieces of bytes as a file that can be read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def read(self, count: int) -> bytes:
        parts = []
        while count:
            if not self._left:
                self._left = next(self._pieces, b"")
                if not self._left:
                    break
            parts.append(self._left[:count])
            self._left = self._left[count:]
            count -= len(parts[-1])
        return b"".join(parts)


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
