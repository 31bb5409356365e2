"""Layers sorted by a column and sifted by a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nixdive.layering.plan import LayerKind
from nixdive.layering.planner import Planner
from nixdive.layering.request import Pin, PlanRequest
from nixdive.ui.panes.closure.filter import Query
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.closure.tree import Order as ClosureOrder
from nixdive.ui.panes.layers.arranged import Order, arranged, found_layers, orders, problem
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.workspace.pricer import Pricer
from tests.small import SHAPE, SIZES, closure_of
from tests.ui.conftest import lines, opened_demo, press, text

if TYPE_CHECKING:
    from nixdive.workspace.priced_plan import PricedPlan

CLOSURE = closure_of(SHAPE, SIZES)


def each(*pins: Pin) -> PricedPlan:
    """A plan with a layer for each path."""
    return Pricer(Planner(CLOSURE), None).plan(PlanRequest("each", 20, pins=pins))


def names(priced: PricedPlan, found: frozenset[int]) -> set[str]:
    """The packages of the layers that were found."""
    return {path.package for i in found for path in priced.plan.layers[i].paths}


@given(
    st.sampled_from(Order),
    st.none() | st.frozensets(st.integers(0, len(opened_demo(20).priced.plan.layers) - 1)),
)
def test_every_order_has_each_layer_once(order: Order, found: frozenset[int] | None) -> None:
    workspace = opened_demo(20)
    priced, closure = workspace.priced, workspace.subject.closure
    shown = arranged(priced, closure, order, found)
    assert sorted(shown) == sorted(range(len(priced.plan.layers)) if found is None else found)
    layers = priced.plan.layers
    figures: dict[Order, list[float]] = {
        Order.SIZE: [-layers[i].nar_size for i in shown],
        Order.PUSH: [-priced.push_of(i) for i in shown],
        Order.CHANCE: [-(layers[i].change_probability or -1.0) for i in shown],
        Order.NUMBER: list(shown),
    }
    assert figures.get(order, []) == sorted(figures.get(order, []))


def test_without_a_baseline_nothing_is_sorted_by_pushes() -> None:
    assert Order.PUSH not in orders(each())
    assert arranged(each(), CLOSURE, Order.PUSH, None) == tuple(range(5))
    assert Order.PUSH in orders(opened_demo(20).priced)


@pytest.mark.parametrize(
    ("typed", "packages"),
    [
        ("lib", {"libc", "lib"}),
        ("^lib-", {"lib"}),
        ("size>100K", {"libc", "data"}),
        ("size<=2000 tool", set()),
        ("pinned", {"tool"}),
        ("mine", {"tool"}),
        ("changed", set()),
    ],
)
def test_a_filter_finds_layers_by_what_is_in_them(typed: str, packages: set[str]) -> None:
    priced = each(Pin("tool", "mine"))
    assert names(priced, found_layers(Query.parse(typed), CLOSURE, priced)) == packages


def test_a_layer_is_found_by_its_number_and_files_by_their_name() -> None:
    workspace = opened_demo(20)
    priced, closure = workspace.priced, workspace.subject.closure
    assert found_layers(Query.parse("layer:3"), closure, priced) == {2}
    files = found_layers(Query.parse("^files$"), closure, priced)
    assert {priced.plan.layers[i].kind for i in files} == {LayerKind.CUSTOMISATION}


def test_what_a_filter_of_layers_cannot_ask_for_is_said() -> None:
    assert problem(Query.parse("added>1M"), sized=True) == "added>1m: of a layer that is its size"
    assert problem(Query.parse("size>abc"), sized=True) == "size>abc: a size is like 10M"
    assert "sizes are unknown" in problem(Query.parse("size>1M"), sized=False)
    assert problem(Query.parse("lua size>1M"), sized=True) == ""


async def test_keys_are_about_the_layer_under_the_cursor_in_any_order(demo: Any) -> None:
    async with demo() as (pilot, screen):
        pane = screen.query_one(LayersPane)
        sizes = [layer.nar_size for layer in screen.workspace.priced.plan.layers]
        await press(pilot, screen, "1", "s", "g")
        assert pane.order is Order.SIZE
        assert pane.listing.cursor == 0
        assert screen.selection.layer == sizes.index(max(sizes))
        assert "Size▼" in lines(pane)[1]
        layers = screen.workspace.priced.plan.layers
        while len(layers[screen.selection.layer].paths) < 2:
            await pilot.press("j")
        first = layers[screen.selection.layer]
        await press(pilot, screen, "S")
        halves = [
            layer.paths
            for layer in screen.workspace.priced.plan.layers
            if set(layer.paths) <= set(first.paths) and layer.paths
        ]
        assert len(halves) == 2
        assert screen.workspace.priced.plan.layers[screen.selection.layer].paths in halves
        assert pane.order is Order.SIZE


async def test_a_filter_of_layers_names_what_it_has_found(demo: Any) -> None:
    async with demo() as (pilot, screen):
        pane = screen.query_one(LayersPane)
        layers = pane.count
        await pilot.press("1", "slash", *"zlib", "enter")
        assert 0 < pane.count < layers
        assert f"/zlib/  {pane.count} of {layers}" in lines(pane)[0]
        assert all("zlib" in line for line in lines(pane)[2 : 2 + pane.count])
        assert not screen.query_one(ClosurePane).picking
        await pilot.press("slash", *"nothing", "enter")
        assert "no layer matches /nothing/" in text(screen, LayersPane)
        hidden = next(i for i in range(layers) if i != screen.selection.layer)
        screen.browsing.show_layer(hidden)
        assert screen.selection.layer == hidden
        assert pane.count == layers


async def test_marks_are_counted(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "1", "space", "space")
        assert "2 marked" in lines(screen.query_one(LayersPane))[0]
        await press(pilot, screen, "m")
        assert "marked" not in lines(screen.query_one(LayersPane))[0]


async def test_a_click_on_a_head_sorts_by_it(demo: Any) -> None:
    async with demo() as (pilot, screen):
        pane, tree = screen.query_one(LayersPane), screen.query_one(ClosurePane)
        for head, order in (("Size", Order.SIZE), ("Push", Order.PUSH), ("Chg", Order.CHANCE)):
            await pilot.click(LayersPane, offset=(lines(pane)[1].index(head) + 1, 1))
            assert pane.order is order
            await pilot.click(LayersPane, offset=(lines(pane)[1].index(head) + 1, 1))
            assert pane.order is Order.NUMBER
        await pilot.click(ClosurePane, offset=(lines(tree)[1].index("Closure") + 1, 1))
        assert tree.order is ClosureOrder.CLOSURE
