"""The closure of each kind of input: a file, a conf.json with what Nix knows, an image's own files."""

from __future__ import annotations

import os
import posixpath
from contextlib import suppress
from dataclasses import replace
from functools import partial
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import there
from nixdive.bounds import most, over
from nixdive.contents.entry import Contents, FileEntry, Kind
from nixdive.errors import MalformedGraphError, SourceError, UnreadablePathError
from nixdive.image.readers.stream_conf import StreamConf, stream_conf
from nixdive.json_text import parsed
from nixdive.opening.content import HEAD, is_archive
from nixdive.store.outputs import may_hold, outputs
from nixdive.store.path import PathGraph, PathInfo, StorePath
from nixdive.store.sources import plain
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nixdive.image.stored.contents import ImageContents
    from nixdive.opening.recognise import Named
    from nixdive.progress import Progress


def read_input(named: Named) -> bytes | int:
    """Return the bytes of a file or of what came through a pipe, unpacked; of an archive, a descriptor.

    Raises:
        SourceError: it cannot be read, or is larger than a closure can be.
    """
    if named.piped is not None:
        found = named.piped
        return found.archive() if found.is_archive else plain(found.data, named.text)
    with there.reading(named.place, SourceError, named.text), Path(named.place).open("rb") as file:
        data = file.read(HEAD)
        if is_archive(data):
            return os.dup(file.fileno())
        data += file.read(most("closure-file") + 1 - len(data))
    if len(data) > most("closure-file"):
        raise SourceError(f"{named.text}: {over('closure-file', 'it is no image, and larger than {}')}")
    return plain(data, named.text)


def _known(paths: Sequence[StorePath], origin: str) -> dict[StorePath, PathInfo]:
    from nixdive.store.nix.query import query

    # only for paths that are here: Nix would look up others in binary caches, which takes seconds
    try:
        return {info.path: info for info in query(paths, origin).infos}
    except SourceError:
        return {}


def graph_of_conf(layers: Iterable[Sequence[StorePath]], origin: str, contents: Contents) -> PathGraph:
    """Return the graph of the paths that a conf.json lists.

    References come from Nix if it knows every path; otherwise there are none, and sizes are counted on disk
    if all the files are there.
    """
    paths = tuple(dict.fromkeys(path for layer in layers for path in layer))
    known = _known(paths, origin) if all(map(contents.has, paths)) else {}
    if paths and known.keys() >= set(paths):
        inside = frozenset(paths)
        infos = (known[path] for path in paths)
        kept = (
            replace(info, references=tuple(ref for ref in info.references if ref in inside)) for info in infos
        )
        return PathGraph(origin, tuple(kept))
    try:
        return PathGraph(origin, tuple(PathInfo(path, nar_size(contents, path), ()) for path in paths))
    except UnreadablePathError:
        return PathGraph(origin, tuple(PathInfo(path, 1, ()) for path in paths), sized=False)


def conf_of(named: Named, data: bytes) -> StreamConf | None:
    """Return the data as a conf, or None if they are something else.

    Raises MalformedImageError for a bad one.
    """
    place = Path(named.place)
    where = named.text if named.place == "-" else named.place
    return stream_conf(data, where, place.parent)


def built_in(data: bytes, origin: str) -> tuple[StorePath, ...]:
    """Return the store paths in what `nix build --json` has printed; none for anything else."""
    if not may_hold(data):
        return ()
    with suppress(MalformedGraphError, ValueError):
        return tuple(
            map(StorePath.parse, outputs(parsed(data, partial(MalformedGraphError, origin, None))) or ())
        )
    return ()


def nar_size(contents: Contents, path: StorePath) -> int:
    """Return the NAR size of a store path in bytes; raise UnreadablePathError if it cannot be listed."""
    top, *below = contents.entries(path)
    return _string(len("nix-archive-1")) + _node(top) + sum(map(_child, below))


def _child(entry: FileEntry) -> int:
    words = sum(_string(len(word)) for word in ("entry", "(", "name", "node", ")"))
    return words + _string(len(posixpath.basename(entry.name))) + _node(entry)


def _node(entry: FileEntry) -> int:
    if entry.kind is Kind.DIRECTORY:
        return sum(_string(len(word)) for word in ("(", "type", "directory", ")"))
    if entry.kind is Kind.SYMLINK:
        words = sum(_string(len(word)) for word in ("(", "type", "symlink", "target", ")"))
        return words + _string(len(entry.target))
    words = sum(_string(len(word)) for word in ("(", "type", "regular", "contents", ")"))
    executable = _string(len("executable")) + _string(0) if entry.mode & 0o100 else 0
    return words + executable + _string(entry.size)


def _string(length: int) -> int:
    return 8 + (length + 7) // 8 * 8


def scanned(contents: ImageContents, origin: str, progress: Progress) -> PathGraph:
    """Return the graph of an image's store paths, with the exact sizes of their NARs; files are read.

    A reference is a hash part after /nix/store/ in a file, or in the target of a link. Nix, which knows what
    to look for, also finds hash parts without the store's name; that takes twice as long, and found nothing
    more in the closures it was tried on. Nix makes no circles; if an odd image has some, the references that
    close them are left out: those that a walk along sorted paths meets last.

    Args:
        contents: the files of the image.
        origin: what the user named.
        progress: notified of the bytes that are read, and of circles; asked whether to go on.

    Raises:
        UnreadablePathError: a file cannot be read.
        MalformedImageError: a layer is damaged.
        Cancelled: the user stopped it.
    """
    paths = contents.paths
    progress.start("looking for references", contents.unsearched)
    by_hash = {path.hash_part.encode(): path for path in reversed(paths)}
    found = {
        path: sorted(
            {by_hash[part] for part in contents.references(path, progress) if part in by_hash} - {path}
        )
        for path in paths
    }
    kept = _without_circles(found, origin, progress)
    return PathGraph(
        origin, tuple(PathInfo(path, nar_size(contents, path), tuple(kept[path])) for path in paths)
    )


def _without_circles(
    references: Mapping[StorePath, Sequence[StorePath]], origin: str, progress: Progress
) -> Mapping[StorePath, Sequence[StorePath]]:
    """Return the references without those that close a circle, and report any that are left out."""
    try:
        TopologicalSorter(references).prepare()
    except CycleError:
        from nixdive.closure.circles import circles, closing, named
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
