"""What must hold for every plan, whatever strategy made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.layering.plan import LayerKind

if TYPE_CHECKING:
    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan


def problems(closure: Closure, plan: LayerPlan) -> list[str]:
    """Return what is wrong with a plan: an empty list for every plan that `solve` returns.

    Each path of the closure that is neither excluded nor left out lies in exactly one layer, no store layer
    is empty, and there are no more layers than the budget.
    """
    wrong = []
    laid = [path for layer in plan.layers for path in layer.paths]
    expected = set(closure.paths).difference(plan.request.exclude, plan.left_out)
    if len(set(laid)) < len(laid):
        wrong.append("a path lies in two layers")
    if set(laid) != expected:
        wrong.append(f"{len(expected.symmetric_difference(laid))} paths are missing or should not be there")
    if any(layer.kind is LayerKind.STORE and not layer.paths for layer in plan.layers):
        wrong.append("a store layer is empty")
    if len(plan.layers) > plan.request.max_layers:
        wrong.append(f"{len(plan.layers)} layers are over the budget of {plan.request.max_layers}")
    return wrong
