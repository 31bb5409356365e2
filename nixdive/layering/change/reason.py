"""Why a layer changes, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nixdive.layering.change.model import ChangeModel


def reason(model: ChangeModel, layer: Sequence[int]) -> str:
    """Return what changes a layer most often, and in how many releases that does."""
    cause = model.cause(layer)
    if cause is None:
        return "never changes"
    path, chance = cause
    if len(layer) == 1 and path == layer[0]:
        return f"changes by itself, {chance:.0%}"
    package = model.closure.paths[path].package
    return f"changes {'with' if path in set(layer) else 'below, with'} {package}, {chance:.0%}"
