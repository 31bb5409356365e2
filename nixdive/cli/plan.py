"""nixdive plan: lay out a closure and print the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.options import opening, plan_options
from nixdive.cli.table import priced_lines
from nixdive.cli.values import file, reads

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@click.command("plan")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", shell_complete=complete.inputs)
@plan_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document, nixdive.plan/1.")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="PLAN.toml",
    **reads(file),
    help="Save the plan to a file; - is standard output.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print only errors on standard error.")
def command(
    inputs: Sequence[str], *, as_json: bool, target: Path | None, quiet: bool, **options: Any
) -> None:
    """Lay out a closure in layers and print them, lowest first.

    Several store paths are the roots of one image.
    """
    streamed = str(target) == "-"
    if streamed and as_json:
        raise click.UsageError("--json and -o - both go to standard output")
    from nixdive.workspace.open import open_workspace

    if target is not None and not streamed:
        from nixdive.layering.planfile import ONE_IMAGE
        from nixdive.layering.planwriter import existing

        existing(target, ONE_IMAGE)  # what cannot be written to is said before anything is planned
    with diagnostics.progress(quiet=quiet) as progress:
        workspace = open_workspace(opening(inputs, options), progress)
        priced = workspace.priced
    if streamed:
        from nixdive.layering.planwriter import plan_toml

        output.text(plan_toml(priced.plan))
        return
    if target is not None:
        from nixdive.layering.planwriter import write_plan

        write_plan(priced.plan, target)
    if as_json:
        from nixdive.documents.plan import plan_document

        output.document(plan_document(priced))
    else:
        output.lines(priced_lines(workspace.subject.name, priced))
    if target is not None and not quiet:
        diagnostics.note(f"plan saved to {target}")
