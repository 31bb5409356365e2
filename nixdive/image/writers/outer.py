"""The tar around the blobs: their headers, which hold digests, are known only at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.contents.entry import Kind
from nixdive.errors import WriteError
from nixdive.image.tars.header import HeaderMaker, Owner, padding

if TYPE_CHECKING:
    from nixdive.image.oci.spec import Stamp

_TOO_BIG = 8**11  # the limit of a header without an extension


class OuterTar:
    """Headers of the members of an image's tar: mode 0644, owner 0:0 without a name, as nixpkgs has them."""

    def __init__(self, stamp: Stamp) -> None:
        self._maker = HeaderMaker(Owner(stamp.mtime, 0, 0, b"", b""))

    def header(self, name: str, size: int) -> bytes:
        """Return the header of a member."""
        return self._maker.header(name.encode(), Kind.FILE, 0o644, size)

    def header_size(self, size: int | None) -> int:
        """Return the bytes of a header before the name is known; a blob of unknown size is under 8 GiB."""
        return len(self.header("x", size or 0))

    def check(self, size: int) -> None:
        """Raise WriteError if a compressed blob is too big for the header that was reserved for it."""
        if size >= _TOO_BIG:
            raise WriteError(
                "a compressed layer is larger than 8 GiB", hint="spread its paths over more layers"
            )

    def padded(self, size: int) -> int:
        """Return the number of bytes of data padded to whole blocks."""
        return size + len(padding(size))
