"""nixdive graph: lay out a closure and write it, with its layers, as a graph for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.options import opening, plan_options
from nixdive.cli.values import reads, word
from nixdive.layering.graph import ENDINGS, FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("graph")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", shell_complete=complete.inputs)
@click.option(
    "-o",
    "--output",
    "target",
    default="-",
    metavar="FILE",
    **reads(word),
    help="The file to write; its ending sets the format.  [default: standard output]",
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS.names()), help="The format, whatever the file's ending."
)
@plan_options
@click.option("-q", "--quiet", is_flag=True, help="Print only errors on standard error.")
def command(inputs: Sequence[str], *, target: str, form: str | None, quiet: bool, **options: Any) -> None:
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
    form = form or ENDINGS.get(Path(target).suffix.lower())
    if form is None:
        cause = (
            "standard output needs a format"
            if target == "-"
            else f"{target}: the ending names no known format"
        )
        raise click.UsageError(f"{cause}; name one, like --format dot")
    from nixdive.beside import file_place, write_text
    from nixdive.workspace.open import open_workspace

    if target != "-":
        file_place(Path(target))
    with diagnostics.progress(quiet=quiet) as progress:
        workspace = open_workspace(opening(inputs, options), progress)
        priced = workspace.priced
    graph = priced.to_networkx()
    graph.graph["name"] = workspace.subject.name
    text = FORMATS.get(form)(graph)
    if target == "-":
        output.text(text)
        return
    write_text(Path(target), text)
    if not quiet:
        diagnostics.note(f"graph saved to {target}")
