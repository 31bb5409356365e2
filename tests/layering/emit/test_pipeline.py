"""Plans as pipelines: what runs them gives the plan back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.closure.closure import Closure
from nixdive.layering.emit.pipeline import pipeline_text, stages_of
from nixdive.layering.plan import Layer, LayerKind, LayerPlan
from nixdive.layering.request import MOST_LAYERS, Pin, PlanRequest
from nixdive.layering.solve import solve
from tests.closure.graphs import closures, graph, path
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BASE = Layer(LayerKind.BASE, (), 7, "base")
LINKS = Layer(LayerKind.CUSTOMISATION, (), 7, "links")


def plan_of(
    closure: Closure, layers: Sequence[Sequence[int]], exclude: Sequence[int] = (), gone: Sequence[int] = ()
) -> LayerPlan:
    """A plan with these indices in its layers, and layers of other kinds around them."""
    store = [Layer(LayerKind.STORE, tuple(closure.paths[i] for i in row), 1, "drawn") for row in layers]
    request = PlanRequest(exclude=tuple(closure.paths[i] for i in exclude))
    return LayerPlan(request, (BASE, *store, LINKS), tuple(closure.paths[i] for i in gone))


def store_layers(plan: LayerPlan) -> list[tuple[str, ...]]:
    return [layer.paths for layer in plan.layers if layer.kind is LayerKind.STORE]


def run(closure: Closure, text: str) -> LayerPlan:
    return solve(closure, PlanRequest("pipeline", MOST_LAYERS, pipeline=text))


@st.composite
def partitions(draw: st.DrawFn) -> tuple[Closure, LayerPlan]:
    """A closure and any plan of it: layers that need each other in circles are plans, too."""
    closure = draw(closures())
    everything = range(len(closure))
    places = draw(st.lists(st.integers(0, 6), min_size=len(closure), max_size=len(closure)))
    rows: dict[int, list[int]] = {}
    for i in draw(st.permutations(everything)):
        rows.setdefault(places[i], []).append(i)
    exclude = rows.pop(0, []) if draw(st.booleans()) else []
    gone = rows.pop(1, []) if draw(st.booleans()) else []
    return closure, plan_of(closure, list(rows.values()), exclude, gone)


@examples(300)
@given(partitions())
def test_any_plan_comes_back(drawn: tuple[Closure, LayerPlan]) -> None:
    closure, plan = drawn
    again = run(closure, pipeline_text(closure, plan))
    assert store_layers(again) == store_layers(plan)
    assert set(again.left_out) == {*plan.request.exclude, *plan.left_out}


@given(partitions())
def test_the_text_is_the_stages(drawn: tuple[Closure, LayerPlan]) -> None:
    closure, plan = drawn
    assert json.loads(pipeline_text(closure, plan)) == stages_of(closure, plan)


@pytest.mark.parametrize("strategy", ["nixpkgs", "popularity", "size", "each", "single"])
@pytest.mark.parametrize("most", [2, 25, 125])
@pytest.mark.parametrize("name", ["debstore-flaskapp-v1", "debian-jupyter-0", "debian-gnome-desktop-0"])
def test_real_plans_come_back(
    name: str, most: int, strategy: str, closure_named: Callable[[str], Closure]
) -> None:
    closure = closure_named(f"{name}.path-info.json.gz")
    plan = solve(closure, PlanRequest(strategy, most))
    text = pipeline_text(closure, plan)
    assert store_layers(run(closure, text)) == store_layers(plan)
    # at most two passes of sorting for so few paths
    assert len(text) < 3 * sum(len(one) + 8 for one in closure.paths) + 60 * (most + 2 * 32)


def test_pins_and_exclusions_come_back(closure_named: Callable[[str], Closure]) -> None:
    closure = closure_named("debstore-redis-v1.path-info.json.gz")
    excluded = next(one for one in closure.paths if one.package == "bash")
    plan = solve(closure, PlanRequest("nixpkgs", 9, (Pin("lib*", "libraries"),), (excluded,)))
    again = run(closure, pipeline_text(closure, plan))
    assert store_layers(again) == store_layers(plan)
    assert again.left_out == (excluded,)


# 2 needs 1 and 1 needs 0: no layer of these plans could be taken out along the arrows
LINE = Closure.of(graph({0: [], 1: [0], 2: [1]}))


@pytest.mark.parametrize(
    ("layers", "exclude", "stages"),
    [
        ([[0, 1, 2]], [], [["split_every", 1], ["limit_layers", 1]]),
        (
            [[0, 2], [1]],
            [],
            [
                ["split_every", 1],
                ["limit_layers", 1],
                ["map", ["split_paths", [path(0), path(2)]]],
                ["flatten"],
            ],
        ),
        (
            [[2, 0], [1]],
            [],
            [
                ["split_every", 1],
                ["limit_layers", 1],
                ["map", ["split_paths", [path(2)]]],
                ["flatten"],
                ["limit_layers", 1],
                ["map", ["split_paths", [path(2), path(0)]]],
                ["flatten"],
            ],
        ),
        ([[2]], [0, 1], [["remove_paths", [path(0), path(1)]], ["split_every", 1], ["limit_layers", 1]]),
        ([], [0, 1, 2], [["remove_paths", [path(0), path(1), path(2)]], ["split_every", 1]]),
    ],
)
def test_stages(layers: list[list[int]], exclude: list[int], stages: list[Any]) -> None:
    plan = plan_of(LINE, layers, exclude)
    assert stages_of(LINE, plan) == stages
    assert store_layers(run(LINE, pipeline_text(LINE, plan))) == store_layers(plan)


def test_what_is_new_lies_in_the_last_layer() -> None:
    text = pipeline_text(LINE, plan_of(LINE, [[0, 2], [1]]))
    newer = Closure.of(graph({0: [], 1: [0], 2: [1, 3], 3: [0]}))
    assert store_layers(run(newer, text)) == [(path(0), path(2)), (path(1), path(3))]


def test_a_long_layer_backwards() -> None:
    count = 2_000  # the sorting needs three digits for it
    closure = Closure.of(graph({number: [] for number in range(count)}))
    plan = plan_of(closure, [range(count)[::-1]])
    assert store_layers(run(closure, pipeline_text(closure, plan))) == [closure.paths[::-1]]


def test_sizes_need_not_be_known(closure_named: Callable[[str], Closure]) -> None:
    unsized = closure_named("formats-redis-v1.dot")
    assert not unsized.sized
    plan = solve(unsized, PlanRequest("nixpkgs", 7))
    sized = closure_named("debstore-redis-v1.path-info.json.gz")
    assert store_layers(run(sized, pipeline_text(unsized, plan))) == store_layers(plan)
