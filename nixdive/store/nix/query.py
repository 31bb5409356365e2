"""What the local Nix knows of store paths."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from nixdive.errors import MalformedGraphError, NixCommandError
from nixdive.json_text import parsed
from nixdive.progress import NullProgress
from nixdive.store.nix.disk import named_store
from nixdive.store.nix.program import NIX, refused, run, unknown
from nixdive.store.path import PathGraph
from nixdive.store.sources import path_info
from nixdive.store.sources.rows import NOT_VALID

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nixdive.progress import Progress
    from nixdive.store.path import PathInfo, StorePath

_MOST_WORDS = 2000  # of one command: far below what a kernel takes
# Nix from 2.33 on wants to be told which format; up to 2.32 there is none to name
_FORMATS = (("--json-format", "2"), ("--json-format", "1"), ())
_NO_FORMAT, _OTHER_FORMAT = "unrecognised flag '--json-format'", "unsupported path info JSON format"


def query(
    paths: Sequence[StorePath],
    origin: str,
    store: str = "",
    progress: Progress = NullProgress(),  # noqa: B008  it has no state
) -> PathGraph:
    """Return what the local Nix knows of store paths and of all that they need; no file is downloaded.

    Args:
        paths: the store paths, which become the roots.
        origin: what the user named, for messages.
        store: where the root of their store lies on the disk, or the address of a store elsewhere; empty for
            the store that Nix uses by itself.
        progress: asked whether to stop.

    Raises:
        UnknownPathError: a path is not in the store.
        NixCommandError: there is no Nix, or it failed.
        Cancelled: the user stopped it.
    """
    roots = tuple(dict.fromkeys(paths))
    infos: dict[StorePath, PathInfo] = {}
    for some in _commands(roots):
        said = _asked(some, origin, store, progress)
        document = parsed(said, partial(MalformedGraphError, origin, None))
        if not path_info.holds(document):
            raise NixCommandError(f"{origin}: nix path-info gave no closure")
        try:
            graph = path_info.parse(document, origin)
        except MalformedGraphError as error:
            if error.cause == NOT_VALID:
                raise unknown(origin, error.where or "", store) from None
            raise
        infos.update((info.path, info) for info in graph.infos)
    return PathGraph(origin, tuple(infos.values()), roots=roots)


def _commands(paths: Sequence[StorePath]) -> Iterator[tuple[StorePath, ...]]:
    """Yield the paths that one command is asked about: no more than it takes, derivations apart."""
    derivations = [path for path in paths if path.endswith(".drv")]
    for kind in (derivations, [path for path in paths if not path.endswith(".drv")]):
        rest = iter(kind)
        while some := tuple(islice(rest, _MOST_WORDS)):
            yield some


def _asked(paths: Sequence[StorePath], origin: str, store: str, progress: Progress) -> str:
    # --offline: Nix would look for a path that is not here in binary caches, which takes seconds
    offline = () if named_store(store)[1] else ("--offline",)
    place = ("--store", store) if store else ()
    # without it some versions of Nix tell of what the derivation builds
    itself = ("--derivation",) if paths[0].endswith(".drv") else ()
    knows = True
    for form in _FORMATS:
        if form and not knows:
            continue
        words = (*NIX, *offline, "path-info", *place, "--json", *form, *itself, "--recursive", "--", *paths)
        ended = run(words, origin, progress)
        if ended.status == 0:
            return ended.out
        knows = _NO_FORMAT not in ended.told
        if knows and _OTHER_FORMAT not in ended.told:
            break
    raise refused(ended, words, origin, store)
