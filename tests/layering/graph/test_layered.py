"""What a plan says of each node."""

from __future__ import annotations

import networkx as nx
import pytest

from nixdive.layering.graph.layered import layered
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.layering.solve import solve
from tests.layering.graph.drawn import CLOSURE, MODEL, PLAN, small
from tests.small import SHAPE, closure_of, path


def test_nodes_have_the_number_of_their_layer_and_a_chance() -> None:
    graph = small()
    assert nx.get_node_attributes(graph, "layer") == {
        one: number for number, layer in enumerate(PLAN.layers, 1) for one in layer.paths
    }
    assert "layer" not in graph.nodes[path("data-5")]
    chances = nx.get_node_attributes(graph, "change_probability")
    assert [chances[one] for one in CLOSURE.paths] == MODEL.scenarios.chances.tolist()
    # whatever a path needs changes it too
    assert all(chances[source] >= chances[target] for source, target in graph.edges)
    # all else is as without a plan
    for facts in graph.nodes.values():
        facts.pop("layer", None)
        del facts["change_probability"]
    assert dict(graph.nodes) == dict(CLOSURE.to_networkx().nodes)
    assert set(graph.edges) == set(CLOSURE.to_networkx().edges)


def test_the_graph_lists_its_layers() -> None:
    first, *others = small().graph["layers"]
    assert first == {
        "layer": 1,
        "kind": "store",
        "reason": 'pinned: low & "slow\\',
        "nar_size": 3_020_000,
        "pin": 'low & "slow\\',
        "change_probability": PLAN.layers[0].change_probability,
    }
    assert [layer["layer"] for layer in others] == [2, 3]
    assert all("pin" not in layer for layer in others)


def test_what_is_not_known_is_left_out() -> None:
    closure = closure_of(SHAPE, dict.fromkeys(SHAPE, 1), sized=False)
    around = Layer(LayerKind.CUSTOMISATION, (), 512, "links")
    plan = LayerPlan(PlanRequest(), (Layer(LayerKind.STORE, closure.paths, 5, "all"), around), sized=False)
    graph = layered(closure, plan)
    assert graph.graph == {
        "name": "test",
        "layers": [
            {"layer": 1, "kind": "store", "reason": "all"},
            {"layer": 2, "kind": "customisation", "reason": "links", "nar_size": 512},
        ],
    }
    assert graph.nodes[path("app-1.0")] == {
        "name": "app-1.0",
        "package": "app",
        "version": "1.0",
        "root": True,
        "layer": 1,
    }


@pytest.mark.parametrize("strategy", ["churn", "nixpkgs"])
def test_any_plan_numbers_as_its_layers_lie(strategy: str) -> None:
    plan = solve(CLOSURE, PlanRequest(strategy, 4))
    graph = layered(CLOSURE, plan)
    for number, layer in enumerate(plan.layers, 1):
        assert {one for one in graph if graph.nodes[one]["layer"] == number} == set(layer.paths)
