"""The plan of a fleet as aligned lines of text: pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.cli.table import columns
from nixdive.image.commands import load_commands, load_note
from nixdive.sizes import prose
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.written import WrittenImage
    from nixdive.layering.fleet.bill import Bill
    from nixdive.layering.fleet.plan import FleetPlan, FleetPush
    from nixdive.layering.fleet.solve import Solved

_NAMES = 3


def fleet_lines(solved: Solved, push: FleetPush | None = None) -> list[str]:
    """Return what `nixdive fleet` prints: what it costs beside other ways, the images, the layers."""
    plan, cost = solved
    unit = "" if plan.sized else ", sizes unknown: bytes count paths"
    facts = (
        f"{len(plan.images)} images",
        f"{len({path for layer in plan.layers for path in layer.paths})} paths",
        f"{len(plan.layers)} layers, at most {plan.request.max_layers} in each image",
        plan.request.strategy,
    )
    lines = ["  ".join(facts) + unit, "", *_costs(solved), "", *_images(solved), "", *_layers(plan)]
    if push is not None:
        layers = f"{push.layers_new} new layers, {push.layers_reused} reused"
        lines += ["", f"after the earlier versions: push {prose(push.push_bytes)}, {layers}"]
    return [*lines, "", f"no plan is expected to push less than {prose(round(cost.lower_bound))} per release"]


def fleet_written_lines(written: Sequence[WrittenImage]) -> list[str]:
    """Return what was written: where, how large, and how it is loaded; nothing for no image."""
    if not written:
        return []
    first = written[0]
    digests = {layer.digest for image in written for layer in image.layers}
    size = f"{len(digests)} layers  {prose(first.bytes_written)} in {first.seconds:.1f} s"
    note = load_note(first.image_format, (layer.media_type for image in written for layer in image.layers))
    loads = (
        ("skopeo copy oci:DIRECTORY:NAME:TAG docker://HOST/NAME:TAG",)
        if first.image_format == "oci"
        else load_commands(first.target, first.image_format)
    )
    return [
        "",
        f"{first.target}  {len(written)} images  {first.image_format}  {size}",
        *(f"load them: {command}" for command in loads),
        *([note] if note else []),
    ]


def _costs(solved: Solved) -> list[str]:
    plan, cost = solved
    name = "this plan" if plan.request.strategy == "churn" else f"this plan, {plan.request.strategy}"
    rows = [("expected per release", "push of all", "pull of one", "registry", "layers")]
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
        names = [visible(path.name) for path in layer.paths[:_NAMES]]
        if len(layer.paths) > _NAMES:
            names.append(f"and {len(layer.paths) - _NAMES} more")
        users = str(len(layer.images)) if len(layer.images) < len(plan.images) else "all"
        rows.append(
            (
                str(number),
                prose(layer.nar_size),
                str(len(layer.paths)),
                users,
                f"{layer.change_probability:.1%}",
                visible(layer.pin or ""),
                visible(layer.reason),
                ", ".join(names),
            )
        )
    return columns(rows, right=frozenset({0, 1, 2, 3, 4}))
