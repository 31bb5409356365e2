"""A plan as a file, in the forms that are not an image: the same bytes, whoever writes them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nixdive.image.oci.name import ImageName

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nixdive.image.oci.spec import ImageSpec
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening.subject import Subject
    from nixdive.workspace.priced_plan import PricedPlan


def text_of(document: Mapping[str, Any]) -> str:
    """Return the text of a JSON document, in ASCII, so that no locale and no name can spoil it."""
    return json.dumps(document, indent=2) + "\n"


def save_plan(form: str, subject: Subject, priced: PricedPlan, spec: ImageSpec, target: Path) -> None:
    """Write a plan beside its place, synced, then renamed.

    Args:
        form: "plan file", "JSON", "Nix", "pipeline", "layers" or "nix2container".
        subject: what was laid out.
        priced: the plan with its prices.
        spec: what the image will be, for layers that are packed.
        target: the file.

    Raises:
        NixdiveError: the plan has no such form, or it cannot be written.
    """
    from nixdive.beside import write_text

    if form == "plan file":
        from nixdive.layering.planwriter import write_plan

        write_plan(priced.plan, target)
    elif form == "JSON":
        from nixdive.documents.plan import plan_document

        write_text(target, text_of(plan_document(priced)))
    else:
        write_text(target, emitted(form.lower(), subject, priced.plan, spec))


def emitted(form: str, subject: Subject, plan: LayerPlan, spec: ImageSpec | None = None) -> str:
    """Return the text of a plan.

    Args:
        form: nix, an expression whose build writes the image; pipeline, JSON for layeringPipeline; layers,
            JSON for a build that packs each layer by itself; nix2container, an expression for its `layers`.
        subject: what was laid out.
        plan: how.
        spec: what the image will be, for layers that are packed; None for the subject's own.

    Raises:
        PlanError: the plan has no such form.
    """
    if form == "pipeline":
        from nixdive.layering.emit.pipeline import pipeline_text

        return pipeline_text(subject.closure, plan)
    if form == "nix2container":
        from nixdive.layering.emit.nix2container import nix2container_layers

        return nix2container_layers(subject.closure, plan)
    if form == "layers":
        from nixdive.layering.emit.layers import layers_document

        spec = spec or subject.spec
        return text_of(layers_document(subject.closure, plan, asdict(spec.stamp), spec.compression))
    from nixdive.layering.emit.expression import expression

    repository = ImageName.parse(subject.name).repository
    return expression(plan, f"{repository.rpartition('/')[2]}.tar")
