"""nixdive fleet: lay out several images for one registry together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import diagnostics, output
from nixdive.cli.options import plan_options, plan_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.fleet.history import FleetHistory
    from nixdive.layering.fleet.image import FleetImage
    from nixdive.layering.request import PlanRequest
    from nixdive.opening import Subject
    from nixdive.progress import Progress


@click.command("fleet")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@plan_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document, nixdive.fleet/1.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing on standard error but errors.")
def command(inputs: Sequence[str], *, as_json: bool, quiet: bool, **options: Any) -> None:
    """Lay out several images for one registry together, one image per INPUT.

    Layers that several images use are pushed and stored once. --max-layers is the budget of each
    image. A pin holds in every image: images with the same pinned paths share the layer. --against
    names earlier versions of the images, oldest first. Without --strategy the layers are planned
    together; a strategy other than churn lays out each image alone.
    """
    from nixdive.cli.fleet_table import fleet_lines
    from nixdive.layering.fleet.document import fleet_document
    from nixdive.layering.fleet.push import push_of
    from nixdive.layering.fleet.solve import JOINT, solve_fleet
    from nixdive.opening import open_subject

    with diagnostics.progress(quiet=quiet) as progress:
        subjects = [open_subject([text], progress) for text in inputs]
        images = [_image(text, subject) for text, subject in zip(inputs, subjects, strict=True)]
        request = plan_request(options, JOINT)
        past = _past(images, options["against"], request, progress)
        progress.start("planning", None)
        solved = solve_fleet(images, request, past)
    push = push_of(solved.plan, past.pushed) if options["against"] else None
    if as_json:
        output.document(fleet_document(solved, push))
    else:
        output.lines(fleet_lines(solved, push))


def _image(text: str, subject: Subject) -> FleetImage:
    from nixdive.image.name import ImageName
    from nixdive.layering.fleet.image import FleetImage

    # the layers of a conf.json tell nothing of references, and so of no root; its name is the image's own
    stem = ImageName.parse(subject.name).repository if subject.strategy == "keep" else None
    return FleetImage(text, subject.closure, subject.frame, stem)


def _past(
    images: Sequence[FleetImage], inputs: Sequence[str], request: PlanRequest, progress: Progress
) -> FleetHistory:
    from nixdive.layering.fleet.history import FleetHistory
    from nixdive.layering.fleet.past import past_of
    from nixdive.opening import open_subject

    if not inputs:
        return FleetHistory()
    earlier = [_image(text, open_subject([text], progress)) for text in inputs]
    progress.start("planning earlier versions", None)
    return past_of(images, earlier, request)
