"""A plan as a file, in the forms that are not an image: the same bytes, whoever writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nixdive.opening import Subject
    from nixdive.workspace.priced_plan import PricedPlan


def text_of(document: Mapping[str, Any]) -> str:
    """Return the text of a JSON document, in ASCII, so that no locale and no name can spoil it."""
    return json.dumps(document, indent=2) + "\n"


def save_plan(form: str, subject: Subject, priced: PricedPlan, target: Path) -> None:
    """Write a plan beside its place, synced, then renamed.

    Args:
        form: "plan file", "JSON", "Nix" or "pipeline".
        subject: what was laid out.
        priced: the plan with its prices.
        target: the file.

    Raises:
        NixdiveError: the plan has no such form, or it cannot be written.
    """
    # each form needs modules that the others do not
    from nixdive.beside import write_text  # noqa: PLC0415

    if form == "plan file":
        from nixdive.layering.planwriter import write_plan  # noqa: PLC0415

        write_plan(priced.plan, target)
    elif form == "JSON":
        from nixdive.documents.plan import plan_document  # noqa: PLC0415

        write_text(target, text_of(plan_document(priced)))
    else:
        from nixdive.workspace.emitted import emitted  # noqa: PLC0415

        write_text(target, emitted(form.lower(), subject, priced.plan))
