"""What is wrong with an image: the JSON document nixdive.verify/1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.image.verify import Problem


def verify_document(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return what is wrong with an image."""
    return {
        "format": "nixdive.verify/1",
        "ok": not problems,
        "problems": [{"where": problem.where, "what": problem.what} for problem in problems],
    }
