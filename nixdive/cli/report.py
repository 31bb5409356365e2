"""nixdive report: all about an image as one HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.common_options import json_option, output_option, quiet_option
from nixdive.cli.destination import Destination, refuse_two
from nixdive.cli.plan_options import opening, plan_options
from nixdive.cli.values import file, reads

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@click.command("report")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", shell_complete=complete.inputs)
@output_option("FILE.html", "The page to write; - is standard output.")
@json_option("report")
@click.option(
    "--history",
    metavar="FILE",
    **reads(file),
    help="What `nixdive replay --json` printed: the page shows it.",
)
@plan_options
@quiet_option
def command(
    inputs: Sequence[str],
    *,
    target: Destination | None,
    as_json: bool,
    history: Path | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Write a page about an image: layers, closure, waste, pushes.

    It is one HTML file that loads nothing from elsewhere, for a browser or a printer: the layers as a bar
    and as a treemap, the store paths to sort and to filter, what the image ships for nothing, bytes and
    seconds of a release over the layer budget, with --against what each version pushed, and with --history
    what each would have pushed under other strategies.
    """
    if target is None and not as_json:
        raise click.UsageError("-o FILE.html names the page to write, or --json prints its figures")
    refuse_two(json=as_json, o=target)
    if target is not None and target.printed and output.to_terminal():
        raise click.UsageError("-o -: standard output is a terminal; name a file, or redirect the page")
    from nixdive.documents.replay import read_replay
    from nixdive.documents.report import report_document
    from nixdive.page import charts, page
    from nixdive.workspace.report import report

    if target is not None:
        target.check()
    replayed = None if history is None else read_replay(history)
    library = "" if target is None else charts()
    with diagnostics.progress(quiet=quiet) as progress:
        document = report_document(report(opening(inputs, options), progress), replayed)
    if target is not None:
        target.write(page(document, library))
    if as_json:
        output.document(document)
    if target is not None and not (target.printed or quiet):
        diagnostics.note(f"report saved to {target.place}")
