"""The closure of each kind of input: from a file, or from the local Nix."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive.errors import SourceError, UnreadablePathError
from nixdive.image.readers.archive import spooled
from nixdive.image.readers.files import PIECE
from nixdive.image.readers.stream_conf import stream_conf
from nixdive.opening.nar import nar_size
from nixdive.opening.recognise import HEAD, is_archive
from nixdive.store.path import PathGraph, PathInfo
from nixdive.store.sources import MOST_BYTES, plain, read_graph
from nixdive.store.sources.nix import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nixdive.contents.entry import Contents
    from nixdive.image.readers.stream_conf import StreamConf
    from nixdive.opening.recognise import Named
    from nixdive.store.path import StorePath


def read_input(named: Named) -> bytes | int:
    """Return the bytes of a file or of standard input, unpacked; of an image a descriptor of a copy.

    Raises:
        SourceError: it cannot be read, or is larger than a closure can be.
        ImageError: there is no room for the copy.
    """
    try:
        with sys.stdin.buffer if named.place == "-" else Path(named.place).open("rb") as file:
            data = file.read(HEAD)
            if is_archive(data):
                return spooled(chain((data,), iter(partial(file.read, PIECE), b"")), named.text)
            data += file.read(MOST_BYTES + 1 - len(data))
    except OSError as error:
        raise SourceError(f"{named.text}: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise SourceError(f"{named.text}: it is larger than a closure can be ({MOST_BYTES >> 20} MiB)")
    return plain(data, named.text)


def _known(paths: Sequence[StorePath], origin: str) -> dict[StorePath, PathInfo]:
    # asked only for paths that are here: Nix would look for others in binary caches, which takes seconds
    try:
        return {info.path: info for info in graph_of_store(paths, origin).infos}
    except SourceError:
        return {}


def graph_of_conf(layers: Iterable[Sequence[StorePath]], origin: str, contents: Contents) -> PathGraph:
    """Return the graph of the paths that a conf.json lists.

    References come from Nix where it knows every path; else there are none, and sizes are counted on disk, if
    all of the files are there.
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
    """Return the conf that the data are, or None if they are none; a bad one raises MalformedImageError."""
    place = Path(named.place)
    return stream_conf(data, named.text if named.place == "-" else named.place, place.parent)


def graph_of_file(data: bytes, origin: str) -> PathGraph:
    """Return the graph that a closure file holds, whatever its format."""
    return read_graph(data, origin)


def graph_of_store(paths: Sequence[StorePath], origin: str) -> PathGraph:
    """Return what the local Nix knows of store paths and of all that they need."""
    return query(paths, origin)
