"""What is wrong with an image: the JSON document nixdive.verify/1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nixdive.image.stored.verify import Verified


def verify_document(found: Verified) -> dict[str, Any]:
    """Return what is wrong with an image."""
    return {
        "format": "nixdive.verify/1",
        "ok": not found.problems,
        "problems": [{"where": problem.where, "what": problem.what} for problem in found.problems],
        "checked": found.checked,
        "not_checked": [
            {"name": one.name, "platform": str(one.platform) if one.platform else None, "reason": one.reason}
            for one in found.unchecked
        ],
    }
