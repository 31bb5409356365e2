"""nixdive verify: read an image again and check all that it says of itself."""

from __future__ import annotations

from pathlib import Path

import click

from nixdive.cli import diagnostics, output
from nixdive.cli.diagnostics import Exit


@click.command("verify")
@click.argument("image", type=click.Path(path_type=Path), metavar="IMAGE")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document, nixdive.verify/1.")
@click.option("-q", "--quiet", is_flag=True, help="Print only errors on standard error.")
def command(image: Path, *, as_json: bool, quiet: bool) -> int:
    """Read an archive or an OCI layout again and check every digest, size and diff_id.

    The exit status is 3 where something is not as the image says.
    """
    from nixdive.image.verify import verify

    with diagnostics.progress(quiet=quiet) as progress:
        problems = verify(image, progress)
    if as_json:
        from nixdive.documents.verify import verify_document

        output.document(verify_document(problems))
    elif problems:
        output.lines(f"{problem.where}: {problem.what}" for problem in problems)
    else:
        output.lines([f"{image}: every digest, size and diff_id is right"])
    return Exit.CHECK_SAID_NO if problems else Exit.DONE
