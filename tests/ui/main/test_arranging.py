"""Layers arranged by hand, as edits and with the keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from nixdive.errors import PlanError
from nixdive.layering.plan import LayerKind
from nixdive.layering.planner import Planner
from nixdive.layering.request import Pin, PlanRequest
from nixdive.layering.solve import solve
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import plain
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.workspace import edits
from nixdive.workspace.pricer import Pricer
from nixdive.workspace.situation import Situation
from tests.ui.conftest import settled

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from nixdive.closure.closure import Closure
    from nixdive.layering.plan import LayerPlan
    from nixdive.store.path import StorePath
    from nixdive.ui.main.screen import MainScreen


def layers(plan: LayerPlan) -> list[tuple[StorePath, ...]]:
    return [layer.paths for layer in plan.layers if layer.kind is LayerKind.STORE]


async def press(pilot: Pilot[None], screen: MainScreen, *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot, screen)


def told(screen: MainScreen) -> str:
    return plain(screen.query_one("#edit", Drawn).draw(120, 1)[0])


def test_a_merge_with_a_pinned_layer_pins_the_rest(closure: Closure) -> None:
    request = PlanRequest("each", 9, pins=(Pin("libc", "base"),))
    plan = solve(closure, request)
    edit = edits.merge(Situation(request, 125, Pricer(Planner(closure)).plan), {0, 1})
    merged = solve(closure, edit.request)
    assert set(merged.layers[0].paths) == {*plan.layers[0].paths, *plan.layers[1].paths}
    assert (merged.layers[0].pin, edit.mark, edit.what, edit.result) == ("base", "◆", "merge 1 and 2", "1")


def test_one_layer_is_no_merge(closure: Closure) -> None:
    request = PlanRequest("each", 9)
    with pytest.raises(PlanError, match="one layer cannot be merged") as error:
        edits.merge(Situation(request, 125, Pricer(Planner(closure)).plan), {1})
    assert error.value.hint == "mark the layers first"


def test_no_more_layers_than_the_clients_load(closure: Closure) -> None:
    now = Situation(PlanRequest("size", 2), 2, Pricer(Planner(closure)).plan)
    number = next(i for i, layer in enumerate(now.plan.layers) if len(layer.paths) > 1)
    with pytest.raises(PlanError, match="there is room for 2 layers: merge two of them first"):
        edits.split(now, number)


async def test_marked_layers_are_merged_and_undone(demo: Any) -> None:
    async with demo() as (pilot, screen):
        before = layers(screen.workspace.priced.plan)
        await press(pilot, screen, "1", "g", "m")
        assert "mark the layers first (space m)" in told(screen)
        await press(pilot, screen, "space", "space", "m")
        table, after = screen.query_one(LayersPane), layers(screen.workspace.priced.plan)
        assert after == [after[0], *before[2:]]
        assert set(after[0]) == {*before[0], *before[1]}
        assert told(screen).startswith(" merge 1 and 2 → 1")
        assert not table.marked
        await press(pilot, screen, "z")
        assert layers(screen.workspace.priced.plan) == before


async def test_a_mark_stays_with_its_layer(demo: Any) -> None:
    async with demo() as (pilot, screen):
        table = screen.query_one(LayersPane)
        await press(pilot, screen, "1", "g", "j", "space")
        assert table.marked == {1}
        paths = screen.workspace.priced.plan.layers[1].paths
        await press(pilot, screen, "g", "J", "J")
        (number,) = table.marked
        assert screen.workspace.priced.plan.layers[number].paths == paths
        await press(pilot, screen, "k", "space")


async def test_a_layer_is_split_and_merged_again(demo: Any) -> None:
    async with demo() as (pilot, screen):
        before = layers(screen.workspace.priced.plan)
        number = max(range(len(before)), key=lambda i: len(before[i]))
        screen.query_one(LayersPane).listing.cursor = number
        await press(pilot, screen, "1", "S")
        after = layers(screen.workspace.priced.plan)
        assert len(after) == len(before) + 1
        assert {*after[number], *after[number + 1]} == set(before[number])
        screen.query_one(LayersPane).listing.cursor = number
        await press(pilot, screen, "space", "m")
        assert layers(screen.workspace.priced.plan) == before


async def test_layers_move_as_often_as_the_key_is_pressed(demo: Any) -> None:
    async with demo() as (pilot, screen):
        before = layers(screen.workspace.priced.plan)
        await press(pilot, screen, "1", "g", "J", "J", "J")
        for _ in range(4):
            await settled(pilot, screen)
        after = layers(screen.workspace.priced.plan)
        assert after == [*before[1:4], before[0], *before[4:]]
        assert screen.query_one(LayersPane).listing.cursor == 3
        assert "free" in told(screen)
        await press(pilot, screen, "K")
        assert layers(screen.workspace.priced.plan)[2] == before[0]


async def test_a_frozen_layer_stays_under_every_edit(demo: Any) -> None:
    async with demo() as (pilot, screen):
        table = screen.query_one(LayersPane)
        baseline = {layer.paths for layer in screen.workspace.baseline.plan.layers}
        number = next(i for i, one in enumerate(layers(screen.workspace.priced.plan)) if one in baseline)
        paths = layers(screen.workspace.priced.plan)[number]
        table.listing.cursor = number
        await press(pilot, screen, "1", "f")
        assert told(screen).startswith(f" ■ freeze {number + 1}")
        assert "keeps its digest until you thaw it" in told(screen)
        await press(pilot, screen, "left_curly_bracket")
        assert [one.paths for one in screen.workspace.priced.plan.layers if one.frozen] == [paths]
        table.listing.cursor = next(
            i for i, one in enumerate(screen.workspace.priced.plan.layers) if one.frozen
        )
        await press(pilot, screen, "S")
        assert "is frozen: thaw it first (f)" in told(screen)
        await press(pilot, screen, "f")
        assert not any(one.frozen for one in screen.workspace.priced.plan.layers)


async def test_a_rate_is_priced_by_what_it_says(demo: Any) -> None:
    async with demo() as (pilot, screen):
        plan = screen.workspace.priced.plan
        await press(pilot, screen, "2", "percent_sign")
        pilot.app.screen.query_one("#rate", Input).value = "x"
        await press(pilot, screen, "enter")
        assert "percentage" in str(pilot.app.screen.query_one("#wrong").render())
        pilot.app.screen.query_one("#rate", Input).value = "97.5 %"
        await press(pilot, screen, "enter")
        assert screen.workspace.shown.request.rates[0][1] == pytest.approx(0.975)
        assert "→ 97.5 % of releases" in told(screen)
        assert screen.workspace.before.model is screen.workspace.priced.model
        # both plans are held against the new rate: a plan that is the same costs the same
        if screen.workspace.priced.plan.layers == plan.layers:
            assert "free" in told(screen)
        await press(pilot, screen, "z")
        assert screen.workspace.shown.request.rates == ()


async def test_a_pin_joins_a_layer_that_is_there(demo: Any) -> None:
    async with demo() as (pilot, screen):
        plan = screen.workspace.priced.plan
        number = next(i for i, layer in enumerate(plan.layers) if len(layer.paths) > 1 and layer.pin is None)
        path = next(path for path, at in plan.layer_of().items() if at != number)
        screen.query_one(ClosurePane).reveal(screen.workspace.subject.closure.index[path])
        await press(pilot, screen, "2", "p")
        pilot.app.screen.query_one("#layer", Input).value = str(number + 1)
        await pilot.pause()
        assert "stay with them" in str(pilot.app.screen.query_one("#joins").render())
        await press(pilot, screen, "enter")
        pinned = [layer for layer in screen.workspace.priced.plan.layers if layer.pin is not None]
        assert [set(layer.paths) for layer in pinned] == [{path, *plan.layers[number].paths}]
        await press(pilot, screen, "z")
        assert screen.workspace.priced.plan.layers == plan.layers


async def test_a_number_that_is_no_layer_of_store_paths_is_no_name(demo: Any) -> None:
    async with demo() as (pilot, screen):
        for number in ("999", str(len(screen.workspace.priced.plan.layers))):
            await press(pilot, screen, "2", "p")
            dialog = pilot.app.screen
            dialog.query_one("#layer", Input).value = number
            await press(pilot, screen, "enter")
            assert "no layer with that number" in str(dialog.query_one("#takes").render())
            await press(pilot, screen, "escape")
        assert not screen.workspace.shown.request.pins


async def test_what_every_layout_pushes_counts_for_all_of_them(demo: Any) -> None:
    async with demo(max_layers=100) as (_, screen):
        workspace = screen.workspace
        assumed = workspace.priced.plan.request.assumed
        priced = workspace.plan(replace(workspace.shown.request, assumed=assumed))
        assert all(len(layer.paths) <= 1 for layer in priced.plan.layers)
        assert priced.push_bytes == priced.nixpkgs.push == priced.floor.push
