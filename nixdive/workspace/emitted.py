"""The plan of what was opened in nixpkgs' own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.image.name import ImageName

if TYPE_CHECKING:
    from nixdive.layering.plan import LayerPlan
    from nixdive.opening.subject import Subject


def emitted(form: str, subject: Subject, plan: LayerPlan) -> str:
    """Return the text of a plan.

    Args:
        form: nix, an expression whose build writes the image; or pipeline, JSON for layeringPipeline.
        subject: what was laid out.
        plan: how.

    Raises:
        PlanError: the plan has no such form.
    """
    if form == "pipeline":
        from nixdive.layering.emit.pipeline import pipeline_text

        return pipeline_text(subject.closure, plan)
    from nixdive.layering.emit.expression import expression

    repository = ImageName.parse(subject.name).repository
    return expression(plan, f"{repository.rpartition('/')[2]}.tar")
