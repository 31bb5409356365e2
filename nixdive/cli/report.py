"""nixdive report: all about an image as one HTML file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.options import opening, plan_options
from nixdive.cli.values import reads, word

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("report")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", shell_complete=complete.inputs)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE.html",
    **reads(word),
    help="The page to write; - is standard output.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document, nixdive.report/1.")
@plan_options
@click.option("-q", "--quiet", is_flag=True, help="Print only errors on standard error.")
def command(inputs: Sequence[str], *, target: str | None, as_json: bool, quiet: bool, **options: Any) -> None:
    """Write a page about an image: layers, closure, waste, pushes.

    It is one HTML file that loads nothing from elsewhere, for a browser or a printer: the layers as a bar
    and as a treemap, the store paths to sort and to filter, what the image ships for nothing, bytes and
    seconds of a release over the layer budget, and with --against what each version pushed.
    """
    if target is None and not as_json:
        raise click.UsageError("-o FILE.html names the page to write, or --json prints its figures")
    if target == "-" and as_json:
        raise click.UsageError("--json and -o - both go to standard output")
    if target == "-" and sys.stdout.isatty():
        raise click.UsageError("-o -: standard output is a terminal; name a file, or redirect the page")
    from nixdive.beside import file_place, write_text
    from nixdive.documents.report import report_document
    from nixdive.page import charts, page
    from nixdive.workspace.report import report

    if target not in {None, "-"}:
        file_place(Path(str(target)))
    library = "" if target is None else charts()
    with diagnostics.progress(quiet=quiet) as progress:
        document = report_document(report(opening(inputs, options), progress))
    if target == "-":
        output.text(page(document, library))
    elif target is not None:
        write_text(Path(target), page(document, library))
    if as_json:
        output.document(document)
    if target not in {None, "-"} and not quiet:
        diagnostics.note(f"report saved to {target}")
