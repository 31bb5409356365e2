"""The graph of a closure, with what a plan says of each store path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nixdive.layering.plan import Layer, LayerKind, LayerPlan

if TYPE_CHECKING:
    import networkx as nx

    from nixdive.closure.closure import Closure
    from nixdive.layering.change.model import ChangeModel
    from nixdive.store.path import StorePath


def layered(closure: Closure, plan: LayerPlan, model: ChangeModel | None = None) -> nx.DiGraph[StorePath]:
    """Return the graph of a closure with its layers: that of `Closure.to_networkx`, and more attributes.

    A node that lies in a layer has `layer`, the number of the layer, 1 for the lowest one; with a model each
    has `change_probability`, the chance that a release changes the path. The graph has `layers`, a list of
    the layers from the lowest, each with `layer`, `kind`, `reason` and, where it has them, `nar_size` (bytes,
    as in `Layer`), `pin` and `change_probability`, the chance that a release changes any of its paths.

    Args:
        closure: the store paths.
        plan: a plan of it.
        model: what is believed of the releases to come.
    """
    graph = closure.to_networkx()
    graph.graph["layers"] = [
        _facts(number, layer, sized=plan.sized) for number, layer in enumerate(plan.layers, 1)
    ]
    for path, place in plan.layer_of().items():
        graph.nodes[path]["layer"] = place + 1
    if model is not None:
        for path, chance in zip(closure.paths, model.scenarios.chances.tolist(), strict=True):
            graph.nodes[path]["change_probability"] = chance
    return graph


def _facts(number: int, layer: Layer, *, sized: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {"layer": number, "kind": layer.kind.value, "reason": layer.reason}
    if sized or layer.kind is not LayerKind.STORE:
        facts["nar_size"] = layer.nar_size
    if layer.pin is not None:
        facts["pin"] = layer.pin
    if layer.change_probability is not None:
        facts["change_probability"] = layer.change_probability
    return facts
