"""nixdive fleet: lay out several images for one registry together."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import diagnostics, output
from nixdive.cli.image_options import compression
from nixdive.cli.options import asked, plan_options, reads
from nixdive.cli.transports import refuse_transport
from nixdive.image.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nixdive.image.written import WrittenImage
    from nixdive.layering.fleet.image import FleetImage
    from nixdive.layering.fleet.solve import FleetHistory
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.planfile import PlannedLayer
    from nixdive.layering.request import PlanRequest
    from nixdive.opening import Subject
    from nixdive.progress import Progress


@click.command("fleet")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@plan_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document, nixdive.fleet/1.")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    metavar="PLAN.toml",
    help="Keep the plan in a file, which --plan carries to later versions.",
)
@click.option(
    "--write",
    "image",
    type=click.Path(path_type=Path),
    metavar="TARGET",
    help="Write all images into one file or directory, layers that they share once.",
)
@click.option(
    "--format",
    "image_format",
    type=click.Choice(FORMATS.names()),
    help="Of TARGET.  [default: hybrid, which docker, podman, ctr and skopeo load]",
)
@click.option(
    "--compression",
    metavar="none|gzip|zstd[:LEVEL]",
    **reads(compression),
    help="Of each layer.  [default: gzip; none for docker-archive]",
)
@click.option(
    "--name",
    "names",
    metavar="NAME:TAG",
    multiple=True,
    help="The name of an image in TARGET, one for each INPUT.  [default: from its root's name]",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Threads.  [default: all processors]")
@click.option("-q", "--quiet", is_flag=True, help="Nothing on standard error but errors.")
def command(
    inputs: Sequence[str],
    *,
    as_json: bool,
    target: Path | None,
    image: Path | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Lay out several images for one registry together, one image per INPUT.

    Layers that several images use are pushed and stored once. --max-layers is the budget of each
    image. A pin holds in every image: images with the same pinned paths share the layer. A strategy
    other than churn lays out each image alone. --plan takes a file that -o of this command has
    written, --against earlier versions of the images, oldest first: what lay together stays together.
    """
    if image is not None:
        refuse_transport(str(image), remote=False)
        if str(image) == "-":
            raise click.UsageError("several images go into a file or a directory, not to standard output")
    if options["names"] and len(options["names"]) != len(inputs):
        raise click.UsageError(f"{len(options['names'])} names for {len(inputs)} images")
    from nixdive.cli.fleet_table import fleet_lines, fleet_written_lines
    from nixdive.documents.fleet import fleet_document
    from nixdive.layering.fleet.plan import push_of
    from nixdive.layering.fleet.solve import solve_fleet
    from nixdive.opening import fleet_image, open_subject

    with diagnostics.progress(quiet=quiet) as progress:
        names = options["names"] or (None,) * len(inputs)
        subjects = [
            open_subject([text], progress, name=name, platform=options["platform"])
            for text, name in zip(inputs, names, strict=True)
        ]
        if image is not None:
            for subject in subjects:
                subject.refuse_missing()
        images = [fleet_image(text, subject) for text, subject in zip(inputs, subjects, strict=True)]
        request, carried = _request(options)
        past, carried = _past(images, options, request, carried, progress)
        _remark(images, request, carried, progress)
        progress.start("planning", None)
        solved = solve_fleet(images, request, past, carried)
        if target is not None:
            from nixdive.layering.fleet.carry import carried_layers
            from nixdive.layering.planfile import SEVERAL_IMAGES
            from nixdive.layering.planwriter import write_plan_file

            write_plan_file(target, SEVERAL_IMAGES, solved.plan.request, carried_layers(solved.plan))
        written: Sequence[WrittenImage] = ()
        if image is not None:
            plans = [solved.plan.plan_of(number, one) for number, one in enumerate(images)]
            written = _written(list(zip(subjects, plans, strict=True)), image, options, progress)
    push = push_of(solved.plan, past.pushed) if options["against"] else None
    if as_json:
        output.document(fleet_document(solved, push, written))
    else:
        output.lines([*fleet_lines(solved, push), *fleet_written_lines(written)])
    if target is not None and not quiet:
        diagnostics.note(f"plan kept in {target}")


def _written(
    images: Sequence[tuple[Subject, LayerPlan]],
    target: Path,
    options: Mapping[str, Any],
    progress: Progress,
) -> Sequence[WrittenImage]:
    from nixdive.image.write_images import ImageToWrite, write_images

    image_format = options["image_format"] or "hybrid"
    packed = options["compression"] or ("none" if image_format == "docker-archive" else "gzip")
    given = [
        ImageToWrite(
            plan,
            replace(subject.spec, image_format=image_format, compression=packed),
            subject.contents,
            subject.base,
            subject.customisation,
        )
        for subject, plan in images
    ]
    return write_images(given, target, jobs=options["jobs"], progress=progress)


def _remark(
    images: Sequence[FleetImage], request: PlanRequest, carried: Sequence[PlannedLayer], progress: Progress
) -> None:
    from nixdive.layering.remarks import remarks

    paths = dict.fromkeys(path for image in images for path in image.closure.paths)
    layers = Counter(key for layer in carried for key in layer.images)
    for remark in remarks(paths, request, max(layers.values(), default=0)):
        progress.note(remark)


def _request(options: Mapping[str, Any]) -> tuple[PlanRequest, Sequence[PlannedLayer]]:
    """Return the request of the options, laid over that of the plan file, and the layers to carry."""
    from nixdive.layering.fleet.solve import JOINT
    from nixdive.layering.planfile import SEVERAL_IMAGES, read_plan_file
    from nixdive.layering.request import PlanRequest

    if options["plan_file"] is None:
        return asked(options).over(PlanRequest(JOINT)), ()
    file = read_plan_file(options["plan_file"], SEVERAL_IMAGES, JOINT)
    return asked(options).over(file.request), () if options["replan"] else file.layers


def _past(
    images: Sequence[FleetImage],
    options: Mapping[str, Any],
    request: PlanRequest,
    carried: Sequence[PlannedLayer],
    progress: Progress,
) -> tuple[FleetHistory, Sequence[PlannedLayer]]:
    from nixdive.layering.fleet.past import past_of
    from nixdive.layering.fleet.solve import FleetHistory
    from nixdive.opening import fleet_image, open_subject

    if not options["against"]:
        return FleetHistory(), carried
    earlier = [fleet_image(text, open_subject([text], progress)) for text in options["against"]]
    progress.start("planning earlier versions", None)
    past, last = past_of(images, earlier, request, carried)
    return past, () if options["replan"] else last
