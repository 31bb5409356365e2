"""nixdive emit: lay out a closure and print the plan in nixpkgs' own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics
from nixdive.cli.annotations import annotation_options
from nixdive.cli.common_options import output_option, quiet_option
from nixdive.cli.image_options import (
    config_of,
    image_only,
    image_opening,
    image_options,
    image_spec,
    root_request,
)
from nixdive.cli.plan_options import plan_options
from nixdive.cli.table import push_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.cli.destination import Destination


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
@image_options
@annotation_options
@output_option("FILE", "The file to write.  [default: standard output]", default="-")
@quiet_option
def command(inputs: Sequence[str], *, form: str, target: Destination, quiet: bool, **options: Any) -> None:
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

    A base image, links and other files at the root take layers of the budget. --as layers takes all that
    `write` is told about the image: time, owner and compression of its layers are in the document.
    """  # noqa: D301  \b is click's mark for a paragraph that is not to be wrapped
    from nixdive.documents.forms import emitted
    from nixdive.workspace.open import open_workspace

    if form != "layers" and (odd := image_only(click.get_current_context())):
        raise click.UsageError(f"{odd} changes no layout: it is for --as layers, whose layers are packed")
    target.check()
    root = root_request(options, config_of({}, options))
    with diagnostics.progress(quiet=quiet) as progress:
        workspace = open_workspace(image_opening(inputs, options, root), progress)
        priced = workspace.priced
    subject = workspace.subject
    target.write(emitted(form, subject, priced.plan, image_spec(options, subject.spec)))
    if not quiet:
        for line in [
            *push_lines(priced.against, priced.assumption, sized=priced.plan.sized),
            *([] if target.printed else [f"plan saved to {target.place}"]),
        ]:
            diagnostics.note(line)
