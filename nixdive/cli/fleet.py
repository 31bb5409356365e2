"""nixdive fleet: lay out several images for one registry together."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import complete, diagnostics, output
from nixdive.cli.columns import columns
from nixdive.cli.common_options import cache_option, json_option, output_option, quiet_option
from nixdive.cli.executor import executing, executor_option
from nixdive.cli.image_options import compression_option, jobs_option, refuse_transport
from nixdive.cli.plan_options import asked, plan_options, room
from nixdive.cli.rereading import reread, verify_option
from nixdive.cli.table import under
from nixdive.cli.values import file, reads
from nixdive.collector import uncollected
from nixdive.human import exactly, several
from nixdive.image.commands import after_loading, load_note, push_commands
from nixdive.image.formats import FORMATS
from nixdive.sizes import BytesOf, amount, prose
from nixdive.visible import visible
from nixdive.words import assumption, counted, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nixdive.contents.layer_index import LayerIndex
    from nixdive.image.written import WrittenImage
    from nixdive.layering.fleet.cost import Bill
    from nixdive.layering.fleet.image import FleetImage
    from nixdive.layering.fleet.past import Earlier
    from nixdive.layering.fleet.plan import FleetPlan, FleetPush
    from nixdive.layering.fleet.solve import FleetHistory, Solved
    from nixdive.layering.plan import LayerPlan
    from nixdive.layering.planfile import PlannedLayer
    from nixdive.layering.request import PlanRequest
    from nixdive.opening.subject import Subject
    from nixdive.progress import Progress

_NAMES = 3  # of the paths of a layer that are named


@click.command("fleet")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", shell_complete=complete.inputs)
@plan_options
@json_option("fleet")
@output_option("PLAN.toml", "Save the plan to a file, for --plan with later versions.", file)
@click.option(
    "--write",
    "image",
    metavar="TARGET",
    **reads(file),
    help="Write all images into one file or directory, shared layers once.",
)
@click.option(
    "--format",
    "image_format",
    type=click.Choice(FORMATS.names()),
    help="Of TARGET.  [default: hybrid, which docker, podman, ctr and skopeo load]",
)
@compression_option
@click.option(
    "--name",
    "names",
    metavar="NAME:TAG",
    multiple=True,
    help="The name of an image in TARGET, one for each INPUT.  [default: from its root's name]",
)
@jobs_option
@executor_option
@cache_option
@verify_option
@quiet_option
def command(
    inputs: Sequence[str],
    *,
    as_json: bool,
    target: Path | None,
    image: Path | None,
    read_again: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Lay out several images for one registry together, one image per INPUT.

    Layers that several images use are pushed and stored once. --max-layers is the budget of each
    image. A pin holds in every image: images with the same pinned paths share the layer. A strategy
    other than churn lays out each image alone. --plan takes a file that -o of this command has
    written, --against earlier versions of the images, oldest first: what lay together stays together.
    """
    if options["names"] and len(options["names"]) != len(inputs):
        raise click.UsageError(f"{len(options['names'])} names for {len(inputs)} images")
    from nixdive.documents.fleet import fleet_document
    from nixdive.layering.fleet.plan import push_of
    from nixdive.layering.fleet.solve import solve_fleet
    from nixdive.opening.open import open_subject
    from nixdive.opening.subject import fleet_image

    limit = room(options)  # more layers than there is room for are refused before anything is opened
    _refuse_targets(target, image, options["image_format"])
    if read_again and image is None:
        raise click.UsageError("--verify reads again what --write has written; name a TARGET")
    with diagnostics.progress(quiet=quiet) as progress:
        names = options["names"] or (None,) * len(inputs)
        known: dict[str, LayerIndex] = {}
        given = {"platform": options["platform"], "store": options["store"], "known": known}
        cache = not options["no_cache"]
        with uncollected():
            subjects = [
                open_subject([text], progress, name=name, cache=cache, **given)
                for text, name in zip(inputs, names, strict=True)
            ]
            if image is not None:
                subjects = [subject.fetched(progress) for subject in subjects]
            images = [fleet_image(text, subject) for text, subject in zip(inputs, subjects, strict=True)]
            request, carried = _request(options)
            with executing(options["executor"]), limit.explaining():
                past, carried = _past(images, options, request, carried, progress)
                _remark(images, request, carried, progress)
                progress.start("planning", None)
                solved = solve_fleet(images, request, past, carried)
        if target is not None:
            from nixdive.layering.fleet.carry import named_layers
            from nixdive.layering.planfile import SEVERAL_IMAGES
            from nixdive.layering.planwriter import write_plan_file

            write_plan_file(target, SEVERAL_IMAGES, solved.plan.request, named_layers(solved.plan))
        written: Sequence[WrittenImage] = ()
        if image is not None:
            plans = [solved.plan.plan_of(number, one) for number, one in enumerate(images)]
            written = _written(list(zip(subjects, plans, strict=True)), image, options, progress)
            for line in () if quiet else (f"{one.name}: {line}" for one in written for line in one.notes):
                diagnostics.note(line)
            if read_again:
                reread(str(image), [one.name for one in written], progress)
    push = push_of(solved.plan, past.pushed) if options["against"] else None
    if as_json:
        output.document(fleet_document(solved, push, written, past.assumed))
    else:
        output.lines([*fleet_lines(solved, push, past.assumed), *fleet_written_lines(written)])
    if target is not None and not quiet:
        diagnostics.note(f"plan saved to {target}")


def _refuse_targets(plan: Path | None, image: Path | None, image_format: str | None) -> None:
    """Raise the error of a target that cannot be written to, before anything is opened."""
    from nixdive.image.target import refuse_target
    from nixdive.layering.planfile import SEVERAL_IMAGES
    from nixdive.layering.planwriter import existing

    if image is not None:
        refuse_transport(str(image), remote=False)
        if str(image) == "-":
            raise click.UsageError("several images go into a file or a directory, not to standard output")
        refuse_target(image, FORMATS.get(image_format or "hybrid"), several=True)
    if plan is not None:
        existing(plan, SEVERAL_IMAGES)


def _written(
    images: Sequence[tuple[Subject, LayerPlan]],
    target: Path,
    options: Mapping[str, Any],
    progress: Progress,
) -> Sequence[WrittenImage]:
    from nixdive.cache.user import user_cache
    from nixdive.image.write_images import write_images

    image_format = options["image_format"] or "hybrid"
    packed = options["compression"] or ("none" if image_format == "docker-archive" else "gzip")
    given = [
        subject.to_write(plan, replace(subject.spec, image_format=image_format, compression=packed))
        for subject, plan in images
    ]
    cache = None if options["no_cache"] else user_cache(progress.note)
    return write_images(given, target, cache=cache, jobs=options["jobs"], progress=progress)


def _remark(
    images: Sequence[FleetImage], request: PlanRequest, carried: Sequence[PlannedLayer], progress: Progress
) -> None:
    from nixdive.layering.pins import remarks

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
        return _fitted(PlanRequest(JOINT), options), ()
    file = read_plan_file(options["plan_file"], SEVERAL_IMAGES, JOINT)
    return _fitted(file.request, options), () if options["replan"] else file.layers


def _fitted(request: PlanRequest, options: Mapping[str, Any]) -> PlanRequest:
    from nixdive.workspace.budget import AUTO

    wishes = asked(options)
    if wishes.max_layers == AUTO:
        raise click.UsageError("--max-layers auto is for one image; a fleet takes a number")
    return room(options).fitted(wishes.over(request), wishes.max_layers)


def _past(
    images: Sequence[FleetImage],
    options: Mapping[str, Any],
    request: PlanRequest,
    carried: Sequence[PlannedLayer],
    progress: Progress,
) -> tuple[FleetHistory, Sequence[PlannedLayer]]:
    from nixdive.layering.fleet.past import PushedImage, past_of
    from nixdive.layering.fleet.solve import FleetHistory
    from nixdive.opening.open import open_subject
    from nixdive.opening.recognise import image_named
    from nixdive.opening.subject import fleet_image
    from nixdive.workspace.baseline import pushed_version

    if not options["against"]:
        return FleetHistory(), carried
    earlier: list[Earlier] = []
    platform, cache = options["platform"], not options["no_cache"]
    for text in options["against"]:
        if (named := image_named(text)) is not None:
            version = pushed_version(named, platform, progress, cache=cache)
            if version.subject is None:
                earlier.append(PushedImage(text, version.plan.stored, version.plan.native.stored))
                continue
            subject = version.subject
        else:
            subject = open_subject([text], progress, platform=platform, store=options["store"], cache=cache)
        earlier.append(fleet_image(text, subject))
    progress.start("planning earlier versions", None)
    past, last = past_of(images, earlier, request, carried)
    return past, () if options["replan"] else last


def fleet_lines(
    solved: Solved, push: FleetPush | None = None, assumed: tuple[str, int] | None = None
) -> list[str]:
    """Return what `nixdive fleet` prints: what it costs beside other ways, the images, the layers."""
    plan, cost = solved
    unit = "" if plan.sized else ", sizes unknown: bytes count paths"
    facts = (
        counted(len(plan.images), "image"),
        counted(len({path for layer in plan.layers for path in layer.paths}), "path"),
        f"{counted(len(plan.layers), 'layer')}, at most {plan.request.max_layers} in each image",
        plan.request.strategy,
    )
    lines = ["  ".join(facts) + unit, "", *_costs(solved), "", *_images(solved), "", *_layers(plan)]
    if push is not None:
        layers = f"{counted(push.layers_new, 'new layer')}, {push.layers_reused} reused"
        sent, kind = amount(push.push_bytes, BytesOf.NAR if plan.sized else BytesOf.PATHS)
        lines += ["", f"after the earlier versions: push {sent} {kind}, {layers}"]
        lines += [assumption(assumed)] if assumed else []
    return [*lines, "", f"no plan is expected to push less than {prose(round(cost.lower_bound))} per release"]


def fleet_written_lines(written: Sequence[WrittenImage]) -> list[str]:
    """Return what was written: where, how large, and how it is loaded; nothing for no image."""
    if not written:
        return []
    first = written[0]
    digests = {layer.digest for image in written for layer in image.layers}
    size = f"{counted(len(digests), 'layer')}  {prose(first.bytes_written)} in {exactly(first.seconds)}"
    note = load_note(first.image_format, (layer.media_type for image in written for layer in image.layers))
    pushes = [push_commands(image)[0] for image in written]
    loads = dict.fromkeys(command for image in written for command in after_loading(image))
    return [
        "",
        f"{first.target}  {counted(len(written), 'image')}  {first.image_format}  {size}",
        *under("push them:", pushes),
        *under("load them:", loads),
        *([note] if note else []),
    ]


def _costs(solved: Solved) -> list[str]:
    plan, cost = solved
    name = "this plan" if plan.request.strategy == "churn" else f"this plan, {plan.request.strategy}"
    head = "NAR bytes expected per release" if plan.sized else "expected per release"
    rows = [(head, "push of all", "pull of one", "registry", "layers")]
    rows += [
        _bill(label, bill)
        for label, bill in (
            (name, cost.plan),
            ("each alone, churn", cost.separate),
            ("each alone, nixpkgs", cost.nixpkgs),
        )
    ]
    return columns(rows, right=frozenset({1, 2, 3, 4}))


def _bill(label: str, bill: Bill) -> tuple[str, str, str, str, str]:
    pull = sum(bill.pulls) / len(bill.pulls)
    return label, prose(round(bill.push)), prose(round(pull)), prose(bill.registry), str(bill.layers)


def _images(solved: Solved) -> list[str]:
    plan, cost = solved
    rows = [("image", "size", "layers", "shared", "push", "pull", "alone")]
    for image, layers in enumerate(plan.images):
        mine = [plan.layers[i] for i in layers]
        own = sum(layer.nar_size * layer.change_probability for layer in mine if len(layer.images) == 1)
        rows.append(
            (
                visible(plan.names[image]),
                prose(sum(layer.nar_size for layer in mine)),
                str(len(mine)),
                str(sum(len(layer.images) > 1 for layer in mine)),
                prose(round(own)),
                prose(round(cost.plan.pulls[image])),
                prose(round(cost.separate.pulls[image])),
            )
        )
    return columns(rows, right=frozenset({1, 2, 3, 4, 5, 6}))


def _layers(plan: FleetPlan) -> list[str]:
    rows = [("#", "size", "count", "images", "changes", "pin", "why", "paths")]
    for number, layer in enumerate(plan.layers, 1):
        users = str(len(layer.images)) if len(layer.images) < len(plan.images) else "all"
        rows.append(
            (
                str(number),
                prose(layer.nar_size),
                str(len(layer.paths)),
                users,
                percent(layer.change_probability),
                visible(layer.pin or ""),
                visible(layer.reason),
                several([visible(path.name) for path in layer.paths], _NAMES),
            )
        )
    return columns(rows, right=frozenset({0, 1, 2, 3, 4}))
