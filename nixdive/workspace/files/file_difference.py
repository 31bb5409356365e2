"""What a modified file differs in, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.contents.data import read
from nixdive.contents.difference import Change
from nixdive.contents.file_tree import data_of
from nixdive.contents.places import places
from nixdive.errors import NixdiveError
from nixdive.progress import check
from nixdive.visible import visible
from nixdive.words import counted, listed

if TYPE_CHECKING:
    from nixdive.progress import Progress
    from nixdive.workspace.files.compared import Compared

_MOST = 32 << 20  # bytes; larger files are not looked into
_NAMED = 2


def difference(compared: Compared, name: bytes, progress: Progress) -> str:
    """Return where a file differs from the one before; nothing where their lengths tell enough.

    Raises:
        Cancelled: nobody wants to know any longer.
    """
    one = compared.listing.found[name]
    before, after = (data_of(place) if place else None for place in (one.before, one.after))
    if one.change is not Change.MODIFIED or before is None or after is None:
        return ""
    size = after.entry.size
    if before.entry.size != size or not 0 < size <= _MOST:
        return ""
    lower = compared.before if compared.against is not None else compared.after
    try:
        with lower[before.layer].open(before.entry) as file:
            old = read(file, size)
        check(progress)
        with compared.after[after.layer].open(after.entry) as file:
            new = read(file, size)
        check(progress)
    except NixdiveError as error:
        return visible(str(error))
    if len(old) != len(new) or old == new:
        return ""
    found = places(old, new)
    words = f"differs in {counted(len(found), 'place')}"
    if not all(place.path for place in found):
        return words
    paths = dict.fromkeys(place.path for place in found)
    return f"{words}: the store path of {listed(paths, _NAMED)}"
