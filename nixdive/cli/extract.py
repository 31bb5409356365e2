"""nixdive extract: files of an image onto the disk."""

from __future__ import annotations

import os
from pathlib import Path

import click

from nixdive.cli import diagnostics, output

_PATH = click.Path(path_type=Path)
_SHOWN = 5


@click.command("extract")
@click.argument("image", type=_PATH, metavar="IMAGE")
@click.argument("path", default="/", metavar="[PATH]")
@click.option(
    "-o", "--output", "folder", type=_PATH, required=True, metavar="DIR", help="The directory to write into."
)
@click.option(
    "--layer", type=click.IntRange(1), metavar="N", help="Only what layer N brings; 1 is the lowest."
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing on standard error but errors.")
def command(image: Path, path: str, *, folder: Path, layer: int | None, force: bool, quiet: bool) -> None:
    """Write a file or a directory of an image into DIR, under its own name.

    Without PATH everything is written: the files of a container, or those of one layer. Links are written
    as they are and never followed, devices are left out, owners are not kept.
    """
    from nixdive.errors import ImageError, MalformedImageError
    from nixdive.image.base import read_image
    from nixdive.image.extract import extract
    from nixdive.layering.strategies import counted
    from nixdive.opening.image import place_of
    from nixdive.sizes import prose

    stored = read_image(*place_of(str(image)))
    with diagnostics.progress(quiet=quiet) as progress:
        try:
            done = extract(
                stored,
                path,
                folder,
                layer=None if layer is None else layer - 1,
                force=force,
                progress=progress,
            )
        except MalformedImageError:
            raise
        except ImageError as error:
            raise ImageError(f"{image}: {error}", hint=error.hint) from error
    if done.left_out and not quiet:
        names = [os.fsdecode(name) for name in done.left_out[:_SHOWN]]
        more = len(done.left_out) - _SHOWN
        names += [f"and {more} more"] if more > 0 else []
        diagnostics.note(f"left out, devices or links to nothing: {', '.join(names)}")
    output.lines([f"{folder}: {counted(done.names, 'name')}, {prose(done.size)}"])
