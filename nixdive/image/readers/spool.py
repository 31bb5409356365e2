"""What can be read only forwards, in an unnamed temporary file, where it can be read at any place."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nixdive.bounds import most, over
from nixdive.errors import ImageError, MalformedImageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def spooled(pieces: Iterable[bytes], where: str) -> int:
    """Return a descriptor of an unnamed temporary file with the pieces.

    Raises:
        MalformedImageError: they are more than the bound `unpacked`.
        ImageError: there is not enough space for them.
    """
    with _unpacking(where):
        spool = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  it is entered below
    with spool:
        size, limit = 0, most("unpacked")
        for data in pieces:
            size += len(data)
            if size > limit:
                raise MalformedImageError(f"{where}: {over('unpacked', 'it unpacks to more than {}')}")
            view = memoryview(data)
            with _unpacking(where):
                while view:
                    view = view[spool.write(view) :]
        spool.seek(0)
        return os.dup(spool.fileno())


@contextmanager
def _unpacking(where: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ImageError(
            f"{where}: it cannot be unpacked into {tempfile.gettempdir()}: {error.strerror}",
            hint="set TMPDIR to a directory with more room",
        ) from error
