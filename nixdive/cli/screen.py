"""The screen, and what stands for it where there is no terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.common_options import quiet_option
from nixdive.cli.plan_options import opening, plan_options

if TYPE_CHECKING:
    from collections.abc import Sequence


ascii_option = click.option(
    "--ascii",
    "ascii_only",
    is_flag=True,
    help="Draw the screen in ASCII; the default where the locale is not UTF-8.",
)


with_option = click.option(
    "--with",
    "others",
    metavar="INPUT",
    multiple=True,
    shell_complete=complete.inputs,
    help="Another image in the same registry: the Share tab shows what is shared with it.",
)


@click.command("screen")
@click.argument("inputs", nargs=-1, metavar="INPUT...", shell_complete=complete.inputs)
@plan_options
@with_option
@ascii_option
@quiet_option
def command(inputs: Sequence[str], *, quiet: bool, **options: Any) -> int:
    """Open the screen; without a terminal print the layers as a table."""
    if on_terminal():
        return screen(inputs, options)
    if not inputs:
        raise click.UsageError(
            "name an input, like ./result, /nix/store/...-app or closure.json, or run nixdive demo"
        )
    tell(inputs, options, quiet=quiet)
    return 0


def on_terminal() -> bool:
    """Whether the screen can be shown: keys come from stdin, and it is painted on a terminal that can."""
    if os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver"):  # a page of `nixdive serve` shows it
        return True
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream.isatty() for stream in streams) and os.environ.get("TERM") != "dumb"


def screen(inputs: Sequence[str], options: dict[str, Any], *, demo: bool = False) -> int:
    """Show the screen until the user leaves it, and return its exit status."""
    from nixdive.collector import settle, uncollected

    with uncollected():
        from nixdive.ui.app import run
    settle()
    what = opening(inputs, options, demo=demo, others=tuple(options["others"]), patient=True)
    return run(what, ascii_only=options["ascii_only"])


def tell(inputs: Sequence[str], options: dict[str, Any], *, demo: bool = False, quiet: bool) -> None:
    """Print the layers as a table, and how to open the screen."""
    from nixdive.workspace.open import open_workspace

    diagnostics.remark_settings()
    with diagnostics.progress(quiet=quiet) as progress:
        workspace = open_workspace(opening(inputs, options, demo=demo), progress)
        priced = workspace.priced
    from nixdive.cli.table import priced_lines

    output.lines(priced_lines(workspace.subject.name, priced))
    if not quiet:
        diagnostics.note("run the same command in a terminal to open the screen")
