"""The closure of an image's store paths, recovered as Nix finds references: by their hashes in files."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from nixdive.layering.strategies import counted
from nixdive.opening.nar import nar_size
from nixdive.store.path import PathGraph, PathInfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.contents import ImageContents
    from nixdive.progress import Progress
    from nixdive.store.path import StorePath


def scanned(contents: ImageContents, origin: str, progress: Progress) -> PathGraph:
    """Return the graph of an image's store paths, with the exact sizes of their NARs.

    A reference is a hash part behind /nix/store/ in a file, or in the target of a link. Nix, which knows what
    to look for, finds it without the name of the store too; that takes twice as long, and found nothing more
    in the closures it was tried on. Nix makes no circles; where an odd image has some, the references that
    close one are left out: those that a walk along sorted paths meets last.

    Args:
        contents: the files of the image.
        origin: what the user named.
        progress: told which circles there are.
    """
    paths = contents.paths
    by_hash = {path.hash_part.encode(): path for path in reversed(paths)}
    found = {
        path: sorted({by_hash[part] for part in contents.references(path) if part in by_hash} - {path})
        for path in paths
    }
    kept = _without_circles(found, origin, progress)
    return PathGraph(
        origin, tuple(PathInfo(path, nar_size(contents, path), tuple(kept[path])) for path in paths)
    )


def _without_circles(
    references: Mapping[StorePath, Sequence[StorePath]], origin: str, progress: Progress
) -> Mapping[StorePath, Sequence[StorePath]]:
    """Return the references without those that close a circle, and say so where there are any."""
    try:
        TopologicalSorter(references).prepare()
    except CycleError:
        from nixdive.closure.circles import circles, closing, named  # noqa: PLC0415  it loads networkx
    else:
        return references
    left_out = set(closing(references))
    (source, target), *others = sorted(left_out)
    more = f", and {counted(len(others), 'other reference')}" if others else ""
    progress.note(
        f"{origin}: store paths refer to each other in a circle: {named(circles(references))}; "
        f"the reference from {source.name} to {target.name} is left out{more}"
    )
    return {
        source: [target for target in row if (source, target) not in left_out]
        for source, row in references.items()
    }
