"""Reading again what was just written: --verify of every command that writes images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.progress import Progress

verify_option = click.option(
    "--verify", "read_again", is_flag=True, help="Read what was written again, and check all of it."
)


def refuse_rereading(place: str | BinaryIO) -> None:
    """Raise UsageError where what is written cannot be read again."""
    from nixdive.image.commands import is_remote
    from nixdive.image.writers.archive import is_special

    if not isinstance(place, str) or is_remote(place) or is_special(Path(place)):
        raise click.UsageError("--verify reads a file or a directory again; registries check what they get")


def reread(target: str, names: Sequence[str], progress: Progress) -> None:
    """Check what was written; raise WriteError if it is not what it says.

    Args:
        target: a file or a directory.
        names: the images to check in a directory, which may have others; none for all there are.
        progress: notified of the bytes that are read.
    """
    from nixdive import there
    from nixdive.errors import WriteError
    from nixdive.image.readers.archive import files_of
    from nixdive.image.readers.choice import ANY, Wanted
    from nixdive.image.stored.verify import verify_files

    place = Path(target)
    asked = list(map(Wanted, names)) if there.is_folder(place, WriteError) else []
    for wanted in asked or [ANY]:
        problems = verify_files(files_of(place, damaged=True), wanted, progress).problems
        if problems:
            _refuse(target, problems[0].where, problems[0].what)


def reread_packed(target: str, progress: Progress) -> None:
    """Check a packed layer that was written; raise WriteError if it is not what it says."""
    from nixdive.errors import MalformedImageError
    from nixdive.image.packed_layer import read_packed

    try:
        read_packed(target).check(progress)
    except MalformedImageError as error:
        where, _, what = str(error).removeprefix(f"{target}: ").partition(": ")
        _refuse(target, where, what)


def _refuse(target: str, where: str, what: str) -> None:
    from nixdive.errors import WriteError

    raise WriteError(
        f"{target}: it was written, and is not what it says: {where}: {what}",
        hint="disk or memory may be at fault: try again, or another disk",
    )
