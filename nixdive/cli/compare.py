"""nixdive compare: what changed between two versions, and what the push of the new one sends."""

from __future__ import annotations

import re
from typing import Any

import click

from nixdive.cli import diagnostics, output
from nixdive.cli.exits import Exit
from nixdive.cli.options import plan_options, reads
from nixdive.sizes import prose

_UNITS = "KMGT"


def size(text: str) -> int:
    """Return bytes out of a text like 50M, 1.5GiB or 4096; raise click.BadParameter where it is none."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if found is None:
        raise click.BadParameter(f"{text!r} is no size; one is written like 50M, 1.5G or 4096")
    unit = 1 << 10 * (_UNITS.index(found[2].upper()) + 1) if found[2] else 1
    return round(float(found[1]) * unit)


@click.command("compare")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@plan_options
@click.option(
    "--fail-over",
    metavar="BYTES",
    **reads(size),
    help="End with status 3 where a push sends more than this, like 50M.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document, nixdive.compare/1.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing on standard error but errors.")
def command(old: str, new: str, *, fail_over: int | None, as_json: bool, quiet: bool, **options: Any) -> int:
    """Compare two versions: the packages that changed, and what a push of NEW sends after OLD.

    Two images are compared by their blobs, exactly. Otherwise NEW is laid out as PLAN OPTIONS say,
    OLD as it was or as it would have been, and the bytes are those of NARs.
    """
    from nixdive.cli.difference import difference, difference_document, difference_lines

    with diagnostics.progress(quiet=quiet) as progress:
        found = difference(old, new, options, progress)
    if as_json:
        output.document(difference_document(found))
    else:
        output.lines(difference_lines(found))
    if fail_over is None or found.push_bytes <= fail_over:
        return Exit.DONE
    if not quiet:
        diagnostics.note(f"a push sends {prose(found.push_bytes)}, more than {prose(fail_over)}")
    return Exit.CHECK_SAID_NO
