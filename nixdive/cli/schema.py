"""nixdive schema: print the JSON Schema of a document."""

from __future__ import annotations

import click

from nixdive.cli import output
from nixdive.documents import NAMES, schema


@click.command(
    "schema",
    help="Print the JSON Schema (2020-12) of the document nixdive.NAME/1.\n\n"
    f"NAME is one of {', '.join(NAMES)}.",
)
@click.argument("name", type=click.Choice(NAMES), metavar="NAME")
def command(name: str) -> None:
    """Print one."""
    output.text(schema(name))
