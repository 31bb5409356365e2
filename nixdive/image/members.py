"""The members of a layer's tar, read in one pass."""

from __future__ import annotations

import tarfile
from typing import IO, TYPE_CHECKING, cast

from nixdive.errors import MalformedImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nixdive.image.readers.stored import StoredLayer


def members(layer: StoredLayer) -> Iterator[tarfile.TarInfo]:
    """Yield the members of a stored layer, one after another; none is kept.

    Raises:
        MalformedImageError: it is no tar.
    """
    stream = _Stream(layer.tar())
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|", errors="surrogateescape") as tar:
            for member in tar:
                yield member
                tar.members.clear()  # type: ignore[attr-defined]  # else it keeps them all
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
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
