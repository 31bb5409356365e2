"""nixdive extract: files of an image onto the disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.common_options import output_option, platform_option, quiet_option
from nixdive.cli.diagnostics import Exit
from nixdive.cli.values import file
from nixdive.human import several
from nixdive.words import counted, unread_lines, without_layers

if TYPE_CHECKING:
    from pathlib import Path

    from nixdive.image.oci.platform import Platform

_SHOWN = 5


@click.command("extract")
@click.argument("image", metavar="IMAGE", shell_complete=complete.inputs)
@click.argument("path", default="/", metavar="[PATH]")
@output_option("DIR", "The directory to write into.", file, required=True)
@click.option(
    "--layer", type=click.IntRange(1), metavar="N", help="Only the files of layer N; 1 is the lowest."
)
@platform_option()
@click.option("--force", is_flag=True, help="Replace existing files.")
@quiet_option
def command(
    image: str,
    path: str,
    *,
    target: Path,
    layer: int | None,
    platform: Platform | None,
    force: bool,
    quiet: bool,
) -> int:
    """Write a file or a directory of an image into DIR, under its own name.

    Without PATH everything is written: the files of a container, or those of one layer. Links are written
    as they are and never followed, devices are left out, owners are not kept. The exit status is 3 where a
    layer could not be read, so that files may be missing.
    """
    from nixdive.errors import ImageError, MalformedImageError
    from nixdive.image.stored.extract import extract
    from nixdive.opening.stored import image_files
    from nixdive.sizes import prose

    with diagnostics.progress(quiet=quiet) as progress:
        stored = image_files(image, platform, progress).stored
        try:
            done = extract(
                stored,
                path,
                target,
                layer=None if layer is None else layer - 1,
                force=force,
                progress=progress,
            )
        except MalformedImageError:
            raise
        except ImageError as error:
            raise ImageError(f"{image}: {error}", hint=error.hint) from error
    if done.left_out and not quiet:
        names = several([os.fsdecode(name) for name in done.left_out], _SHOWN)
        diagnostics.note(f"left out, devices or links to nothing: {names}")
    for line in unread_lines(done.unread):
        diagnostics.error(f"{image}: {line}")
    facts = f"{target}: {counted(done.names, 'name')}, {prose(done.size)}"
    output.lines([f"{facts}, {without_layers(done.unread)}" if done.unread else facts])
    return Exit.CHECK_SAID_NO if done.unread else Exit.DONE
