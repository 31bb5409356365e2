"""What stays the same when a store path is replaced by its next version: a name for every path."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.store.path import StorePath

_NUMBERS = re.compile(r"(\d+)")


def lineages(paths: Sequence[StorePath]) -> tuple[str, ...]:
    """Return a name for each path, no two alike.

    It is the path's lineage. Where several paths have the same one, as when an image holds two versions of a
    package, the older versions have a number behind it, counted from the newest: openssl, openssl#2.
    """
    alike = defaultdict(list)
    for i, path in enumerate(paths):
        alike[path.lineage].append(i)
    names = [""] * len(paths)
    for lineage, found in alike.items():
        if len(found) > 1:
            found.sort(key=lambda i: (natural(paths[i].version), paths[i].name, paths[i]))
        for number, i in enumerate(reversed(found), 1):
            names[i] = lineage if number == 1 else f"{lineage}#{number}"
    return tuple(names)


def natural(version: str) -> tuple[tuple[int, str], ...]:
    """Return what versions sort by, so that 1.10 follows 1.9."""
    return tuple(
        (int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBERS.split(version) if part
    )
