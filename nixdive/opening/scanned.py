"""The closure of an image's store paths, recovered as Nix finds references: by their hashes in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.opening.nar import nar_size
from nixdive.store.info import PathGraph, PathInfo

if TYPE_CHECKING:
    from nixdive.image.contents import ImageContents
    from nixdive.store.path import StorePath


def scanned(contents: ImageContents, origin: str) -> PathGraph:
    """Return the graph of an image's store paths, with the exact sizes of their NARs.

    A reference is a hash part behind /nix/store/ in a file, or in the target of a link. Nix, which knows what
    to look for, finds it without the name of the store too; that takes twice as long, and found nothing more
    in the closures it was tried on. Nix makes no circles; where an odd image has some, the references that
    close one are left out: those that a walk along sorted paths meets last.
    """
    paths = contents.paths
    by_hash = {path.hash_part.encode(): path for path in reversed(paths)}
    found = {
        path: sorted({by_hash[part] for part in contents.references(path) if part in by_hash} - {path})
        for path in paths
    }
    kept = _without_circles(found)
    return PathGraph(
        origin, tuple(PathInfo(path, nar_size(contents, path), tuple(kept[path])) for path in paths)
    )


def _without_circles(references: dict[StorePath, list[StorePath]]) -> dict[StorePath, list[StorePath]]:
    kept: dict[StorePath, list[StorePath]] = {path: [] for path in references}
    done: set[StorePath] = set()
    open_: dict[StorePath, None] = {}
    for start, first in references.items():
        if start in done:
            continue
        walk = [(start, iter(first))]
        open_[start] = None
        while walk:
            path, left = walk[-1]
            target = next(left, None)
            if target is None:
                walk.pop()
                del open_[path]
                done.add(path)
            elif target not in open_:
                kept[path].append(target)
                if target not in done:
                    open_[target] = None
                    walk.append((target, iter(references[target])))
    return kept
