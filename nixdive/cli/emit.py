"""nixdive emit: lay out a closure and print the plan in nixpkgs' own terms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.image_options import frame_options, framed
from nixdive.cli.options import opening, plan_options
from nixdive.cli.table import push_lines
from nixdive.cli.values import reads, word

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("emit")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", shell_complete=complete.inputs)
@click.option(
    "--as",
    "form",
    type=click.Choice(["nix", "pipeline", "layers", "nix2container"]),
    required=True,
    help="nix: an expression whose build writes the image; pipeline: JSON for layeringPipeline; "
    "layers: JSON for builds that pack each layer; nix2container: an expression for its buildImage.",
)
@plan_options
@frame_options
@click.option(
    "-o",
    "--output",
    "target",
    default="-",
    metavar="FILE",
    **reads(word),
    help="The file to write.  [default: standard output]",
)
@click.option("-q", "--quiet", is_flag=True, help="Print only errors on standard error.")
def command(inputs: Sequence[str], *, form: str, target: str, quiet: bool, **options: Any) -> None:
    """Lay out a closure in layers and print the plan for builds with Nix.

    \b
    --as nix       a function of { roots, nixdive, ... } for nix-build and callPackage. The build
                   lays out its roots by this plan and writes the image inside the sandbox.
    --as pipeline  the layeringPipeline with which dockerTools makes the same layers out of the
                   same paths:
                   layeringPipeline = builtins.fromJSON (builtins.readFile ./pipeline.json);
    --as layers    the store paths of each layer, for builds that pack layers one by one, and the
                   closure: a closure file, from which `write --packed` puts the image together
    --as nix2container  the layers for nix2container's buildImage, as a function of buildLayer and
                   writeTextDir: layers = import ./layers.nix { inherit ... };

    A base image, links and other files at the root take layers of the budget.
    """  # noqa: D301  \b is click's mark for a paragraph that is not to be wrapped
    from nixdive.beside import file_place, write_text
    from nixdive.documents.forms import emitted
    from nixdive.workspace.open import open_workspace

    if target != "-":
        file_place(Path(target))
    with diagnostics.progress(quiet=quiet) as progress:
        workspace = open_workspace(opening(inputs, options, **framed(options)), progress)
        priced = workspace.priced
    text = emitted(form, workspace.subject, priced.plan)
    if target == "-":
        output.text(text)
    else:
        write_text(Path(target), text)
    if not quiet:
        for line in [
            *push_lines(priced.against, priced.assumption, sized=priced.plan.sized),
            *([] if target == "-" else [f"plan saved to {target}"]),
        ]:
            diagnostics.note(line)
