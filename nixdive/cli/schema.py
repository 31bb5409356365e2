"""nixdive schema: print the JSON Schema of a document."""

from __future__ import annotations

import click

from nixdive.cli import output
from nixdive.documents import NAMES, schema


@click.command("schema")
@click.argument("name", type=click.Choice(NAMES), metavar="NAME")
def command(name: str) -> None:
    """Print the JSON Schema (2020-12) of the document nixdive.NAME/1.

    \b
    NAME is one of plan, image, inspect, compare, replay, fleet, verify, graph, cache, ci.
    """  # noqa: D301  \b is click's mark for a paragraph that is not to be wrapped
    output.text(schema(name))
