"""What a plan costs, added up layer by layer and release by release, and steps that are made at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nixdive.layering.plan import LayerKind

if TYPE_CHECKING:
    from nixdive.workspace.history import Edit
    from nixdive.workspace.price import Price
    from nixdive.workspace.priced_plan import PricedPlan
    from nixdive.workspace.workspace import Workspace


def do(workspace: Workspace, edit: Edit | None) -> Price:
    """Make a step, and return what the workspace says it costs."""
    assert edit is not None
    history = workspace.shown.did(edit)
    priced = workspace.plan(history.request)
    workspace.wanted = history
    return workspace.accept(history, priced)[1]


def expected(priced: PricedPlan) -> float:
    """Return the bytes that a release is expected to push: over the releases that may come, one by one."""
    model, scale = priced.model, priced.model.scenarios.scale
    flags = np.unpackbits(model.scenarios.bits.astype("<u8").view(np.uint8), axis=1, bitorder="little")
    weights = np.repeat(scale.each, 64) / model.scenarios.total
    found = 0.0
    for layer in priced.plan.layers:
        if layer.kind is LayerKind.BASE:
            continue
        rows = layer.paths or [model.closure.paths[i] for i in model.closure.roots]
        changed = flags[[model.closure.index[path] for path in rows]].any(axis=0)
        found += layer.nar_size * float(changed @ weights)
    return found


def pushed(priced: PricedPlan) -> int:
    """Return the bytes of the layers that the earlier version has not."""
    baseline = priced.baseline
    there = {layer.paths for layer in baseline.plan.layers} if baseline else set()
    return sum(layer.nar_size for layer in priced.plan.layers if layer.paths not in there)
