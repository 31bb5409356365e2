"""nixdive plan: lay out a closure and print the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.common_options import json_option, output_option, quiet_option
from nixdive.cli.destination import Destination, refuse_two
from nixdive.cli.plan_options import opening, plan_options
from nixdive.cli.table import priced_lines

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("plan")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", shell_complete=complete.inputs)
@plan_options
@json_option("plan")
@output_option("PLAN.toml", "Save the plan to a file; - is standard output.")
@quiet_option
def command(
    inputs: Sequence[str], *, as_json: bool, target: Destination | None, quiet: bool, **options: Any
) -> None:
    """Lay out a closure in layers and print them, lowest first.

    Several store paths are the roots of one image.
    """
    refuse_two(json=as_json, o=target)
    from nixdive.workspace.open import open_workspace

    place = None if target is None else target.place
    if place is not None:
        from nixdive.layering.planfile import ONE_IMAGE
        from nixdive.layering.planwriter import existing

        existing(place, ONE_IMAGE)  # what cannot be written to is said before anything is planned
    with diagnostics.progress(quiet=quiet) as progress:
        workspace = open_workspace(opening(inputs, options), progress)
        if target is None or not target.printed:
            workspace.pricer.sample_ahead()
        priced = workspace.priced
    if target is not None and target.printed:
        from nixdive.layering.planwriter import plan_toml

        output.text(plan_toml(priced.plan))
        return
    if place is not None:
        from nixdive.layering.planwriter import write_plan

        write_plan(priced.plan, place)
    if as_json:
        from nixdive.documents.plan import plan_document

        output.document(plan_document(priced))
    else:
        output.lines(priced_lines(workspace.subject.name, priced))
    if place is not None and not quiet:
        diagnostics.note(f"plan saved to {place}")
