"""A plan with a fault is told apart from a sound one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nixdive.closure.closure import Closure
from nixdive.layering.plan import Layer, LayerKind, LayerPlan, problems
from nixdive.layering.request import PlanRequest
from nixdive.store.path import PathGraph, PathInfo, StorePath

A, B, C, OTHER = (StorePath(f"/nix/store/{digit * 32}-p-1") for digit in "0123")
CLOSURE = Closure.of(PathGraph("test", tuple(PathInfo(path, 1, ()) for path in (A, B, C))))
BASE = Layer(LayerKind.BASE, (), 5, "base")


def store(*paths: StorePath) -> Layer:
    return Layer(LayerKind.STORE, paths, len(paths), "test")


SOUND = LayerPlan(PlanRequest(max_layers=3), (BASE, store(B), store(A, C)))


def test_a_sound_plan_has_no_problems() -> None:
    assert problems(CLOSURE, SOUND) == []


def test_excluded_and_left_out_paths_are_in_no_layer() -> None:
    request = PlanRequest(exclude=(A,))
    assert problems(CLOSURE, LayerPlan(request, (store(B),), left_out=(C,))) == []
    assert problems(CLOSURE, LayerPlan(request, (store(A, B, C),))) != []
    assert problems(CLOSURE, LayerPlan(PlanRequest(), (store(A, B, C),), left_out=(C,))) != []


@pytest.mark.parametrize(
    ("layers", "problem"),
    [
        ((store(A, B, C), store(A)), "a path is in two layers"),
        ((store(A, B, C, C),), "a path is in two layers"),
        ((store(A),), "2 paths are missing or do not belong there"),
        ((store(A, B, C, OTHER),), "1 paths are missing or do not belong there"),
        ((store(A, B, C), store()), "a store layer is empty"),
        ((BASE, store(A), store(B), store(C)), "4 layers are over the budget of 3"),
    ],
)
def test_each_fault_is_told(layers: tuple[Layer, ...], problem: str) -> None:
    assert problems(CLOSURE, replace(SOUND, layers=layers)) == [problem]
