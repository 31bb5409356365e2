"""What a push costs, and how the document tells it."""

from __future__ import annotations

from nixdive.layering.compare import push
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import PlanRequest
from nixdive.store.path import StorePath

A, B = (StorePath(f"/nix/store/{letter * 32}-{letter}-1") for letter in "ab")


def plan(*layers: Layer) -> LayerPlan:
    return LayerPlan(PlanRequest(), layers)


def store(size: int, *paths: StorePath) -> Layer:
    return Layer(LayerKind.STORE, paths, size, "test")


def test_a_layer_is_reused_only_with_the_same_order() -> None:
    cost = push(plan(store(7, A, B)), plan(store(7, B, A)))
    assert (cost.push_bytes, cost.layers_reused, cost.layers_new, cost.new) == (7, 0, 1, (True,))
    assert push(plan(store(7, A, B)), plan(store(3, A)), plan(store(7, A, B))).push_bytes == 0


def test_other_layers_are_compared_by_kind_and_size() -> None:
    files = Layer(LayerKind.CUSTOMISATION, (), 5, "files")
    assert push(plan(files), plan(files)).new == (False,)
    assert push(plan(files), plan(Layer(LayerKind.BASE, (), 5, "base"))).new == (True,)
    assert push(plan(files), plan(Layer(LayerKind.CUSTOMISATION, (), 6, "files"))).push_bytes == 5
