"""nixdive graph: lay out a closure and write it, with its layers, as a graph for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics
from nixdive.cli.common_options import output_option, quiet_option
from nixdive.cli.plan_options import opening, plan_options
from nixdive.layering.graph import ENDINGS, FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.cli.destination import Destination


@click.command("graph")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", shell_complete=complete.inputs)
@output_option(
    "FILE", "The file to write; its ending sets the format.  [default: standard output]", default="-"
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS.names()), help="The format, whatever the file's ending."
)
@plan_options
@quiet_option
def command(
    inputs: Sequence[str], *, target: Destination, form: str | None, quiet: bool, **options: Any
) -> None:
    """Lay out a closure in layers and write the graph of its store paths.

    An edge leads from each path to what it refers to. Each path has its sizes, its layer and the
    chance that a release changes it.

    \b
    dot      for Graphviz, the layers as clusters: dot -Tsvg app.dot > app.svg
    graphml  for yEd, igraph, networkx
    gexf     for Gephi
    json     node-link data: networkx.node_link_graph(json.load(file), edges="edges");
             nixdive schema graph describes it
    """  # noqa: D301  \b is click's mark for a paragraph that is not to be wrapped
    place = target.place
    form = form or (None if place is None else ENDINGS.get(place.suffix.lower()))
    if form is None:
        cause = (
            "standard output needs a format"
            if place is None
            else f"{place}: the ending names no known format"
        )
        raise click.UsageError(f"{cause}; name one, like --format dot")
    from nixdive.workspace.open import open_workspace

    target.check()
    with diagnostics.progress(quiet=quiet) as progress:
        workspace = open_workspace(opening(inputs, options), progress)
        priced = workspace.priced
    graph = priced.to_networkx()
    graph.graph["name"] = workspace.subject.name
    target.write(FORMATS.get(form)(graph))
    if not (target.printed or quiet):
        diagnostics.note(f"graph saved to {place}")
