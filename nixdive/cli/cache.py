"""nixdive cache: what is kept of layers that were made or read before, and how to get rid of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nixdive.cli import diagnostics, output
from nixdive.cli.common_options import json_option, quiet_option
from nixdive.cli.values import reads, size
from nixdive.sizes import prose
from nixdive.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.cache.care import CacheState, Removed
    from nixdive.cache.folder import Folder
    from nixdive.cache.user import CachePlace
    from nixdive.progress import Progress


@click.group("cache", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Show or empty the cache of layers.

    Layers that were written before are taken from it, and so is what is in compressed layers of images that
    were opened before. It is in NIXDIVE_CACHE_DIR, else in the user's cache directory, and holds 2 GB of
    layers unless cache-size in config.toml says otherwise; 0 there means no cache.
    Without a COMMAND it is shown.
    """
    if context.invoked_subcommand is None:
        context.invoke(show)


@command.command("show")
@json_option("cache")
@quiet_option
def show(*, as_json: bool, quiet: bool) -> None:
    """Show where the cache is and how much is in it."""
    _tell(as_json=as_json, quiet=quiet, do=None)


@command.command("prune", short_help="Check every file; remove what is damaged or too much.")
@click.option(
    "--to", "most", metavar="SIZE", **reads(size), help="What may stay, like 500MB.  [default: cache-size]"
)
@json_option("cache")
@quiet_option
def prune(most: int | None, *, as_json: bool, quiet: bool) -> None:
    """Check every file; remove what is damaged, and what was used least recently if there is too much."""

    def do(folder: Folder | None, place: CachePlace, progress: Progress) -> Removed | None:
        from nixdive.cache.care import prune

        return None if folder is None else prune(folder, place.limit if most is None else most, progress)

    _tell(as_json=as_json, quiet=quiet, do=do)


@command.command("clear")
@json_option("cache")
@quiet_option
def clear(*, as_json: bool, quiet: bool) -> None:
    """Remove everything from the cache."""

    def do(folder: Folder | None, _: CachePlace, __: Progress) -> Removed | None:
        from nixdive.cache.care import clear

        return None if folder is None else clear(folder)

    _tell(as_json=as_json, quiet=quiet, do=do)


def _tell(
    *,
    as_json: bool,
    quiet: bool,
    do: Callable[[Folder | None, CachePlace, Progress], Removed | None] | None,
) -> None:
    from nixdive.cache.care import CacheState
    from nixdive.cache.folder import Folder
    from nixdive.cache.user import cache_place
    from nixdive.documents.cache import cache_document
    from nixdive.errors import CacheError

    with diagnostics.progress(quiet=quiet) as progress:
        place = cache_place(progress.note)
        folder = None if place.folder is None else Folder.existing(place.folder)
        try:
            removed = None if do is None else do(folder, place, progress)
            state = CacheState(0, 0, 0, None) if folder is None else CacheState.of(folder)
        except OSError as error:
            raise CacheError(f"{place.folder}: {error.strerror}") from error
    if as_json:
        output.document(cache_document(place, state, removed))
    else:
        output.lines(_lines(place, state, removed))


def _lines(place: CachePlace, state: CacheState, removed: Removed | None) -> list[str]:
    from nixdive.cache.indexes import INDEX_LIMIT

    limit = f"at most {prose(place.limit)}" if place.limit else "switched off by cache-size"
    contents = f"{counted(state.indexes, 'layer')}, {prose(state.index_size)}, at most {prose(INDEX_LIMIT)}"
    blobs = f"{counted(state.blobs, 'blob')} of {prose(state.size)}, {limit}"
    lines = [
        f"cache     {place.folder or 'nowhere: the user has no home'}",
        f"layers    {state.layers} known by their digests, {blobs}",
        f"contents  of {contents}",
    ]
    if removed is not None:
        damaged = f", {removed.damaged} damaged" if removed.damaged else ""
        lines.append(f"removed   {counted(removed.blobs, 'blob')}, {prose(removed.size)}{damaged}")
    return lines
