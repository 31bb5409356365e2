"""Files that are read whole: never more of one than a bound allows, and never what is no file."""

from __future__ import annotations

import errno
import os
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.bounds import most, over

if TYPE_CHECKING:
    from nixdive.there import Place


def read_small(path: Place, bound: str, *, piped: bool = False) -> bytes:
    """Return the bytes of a file.

    Args:
        path: the file.
        bound: the name of the bound on its size.
        piped: whether it may be a pipe or a device as well, which is waited for.

    Raises:
        OSError: it cannot be read; EINVAL, with the cause as its words: it is no regular file, or too large.
    """
    with Path(path).open("rb") if piped else BufferedReader(there.opened(path)) as file:
        data = file.read(most(bound) + 1)
    if len(data) > most(bound):
        raise OSError(errno.EINVAL, over(bound, "it is larger than {}"), os.fspath(path))
    return data
