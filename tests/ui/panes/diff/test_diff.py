"""The diff tab: layers and files, and the keys; packages are told in test_push."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nixdive.contents.path_changes import PathChanges, Tally
from nixdive.layering.planner import Planner
from nixdive.layering.request import PlanRequest
from nixdive.ui.draw.line import plain, width
from nixdive.ui.panes.diff.layer_rows import layer_differences, row, summary
from nixdive.ui.panes.diff.pane import SECTIONS, DiffPane
from nixdive.ui.panes.diff.rows import Difference, differences, file_row
from nixdive.ui.panes.diff.rows import row as package_row
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.workspace.pricer import Pricer
from tests import openssl
from tests.small import SHAPE, SIZES, closure_of
from tests.ui.conftest import notes, press, text, until
from tests.ui.panes.push.test_push import newer
from tests.workspaces import baseline_of

EACH, SINGLE = PlanRequest("each", 20), PlanRequest("single", 3)


def test_layers_are_kept_changed_new_or_gone() -> None:
    old, now = closure_of(SHAPE, SIZES), newer()
    baseline = baseline_of(old, EACH)
    priced = Pricer(Planner(now), baseline).plan(EACH)
    rows = layer_differences(now, priced, baseline)
    told = sorted((one.mark, one.words, one.delta) for one in rows)
    assert told == [
        ("+", "new", 0),
        ("-", "data", 0),
        ("=", "lib", 0),
        ("=", "libc", 0),
        ("~", "app updated", 500),
        ("~", "tool updated", 0),
    ]
    assert summary(rows) == "2 kept, 2 changed, 1 new, 1 gone"
    assert [one.layer for one in rows if one.mark != "-"] == list(range(len(priced.plan.layers)))
    for one in rows:
        for cells in (41, 58):
            assert width(row(priced, one, cells)) == cells
    whole = baseline_of(old, SINGLE)
    (only,) = layer_differences(now, Pricer(Planner(now), whole).plan(SINGLE), whole)
    assert (only.mark, only.words) == ("~", "tool updated, app updated, 1 path came, 1 path went")


def test_of_a_baseline_without_sizes_no_difference_is_made_up() -> None:
    now, whole = newer(), baseline_of(closure_of(SHAPE, SIZES), EACH)
    unread = replace(whole.last, closure=None)
    baseline = replace(whole, versions=(unread,), sizes=unread.sizes(now))
    priced = Pricer(Planner(now), baseline).plan(EACH)
    changed = [one for one in differences(now, baseline) if one.mark == "~"]
    assert changed
    assert {one.delta for one in changed} == {0}
    assert not any("B" in plain(package_row(priced, one, 58)) for one in changed)
    assert {one.delta for one in layer_differences(now, priced, baseline)} == {0}


def test_files_are_told_by_number_and_bytes() -> None:
    one = Difference("~", "git", "1 → 2", 5, None)
    found = PathChanges(Tally(3, 2048), Tally(), Tally(120, 3 << 20))
    line = plain(file_row(one, found, 58, known=True))
    assert (len(line), line.split()) == (58, ["~", "git", "3", "2.00K", "·", "120", "3.00M"])
    assert plain(file_row(one, found, 41, known=True)).split() == ["~", "git", "3", "·", "120"]
    assert "not here" in plain(file_row(one, None, 58, known=True))
    assert "…" in plain(file_row(one, None, 58, known=False))


async def test_sections_turn_and_lead_to_layers(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("D")
        diff = screen.query_one(DiffPane)
        assert diff.section == SECTIONS[0]
        await pilot.press("l")
        assert diff.section == "Layers"
        assert diff.count >= len(screen.workspace.priced.plan.layers)
        await pilot.press("j", "j", "enter")
        await pilot.pause()
        assert screen.query_one(LayersPane).listing.cursor == 2
        await pilot.press("h", "h")
        assert diff.section == "Files"
        await until(pilot, lambda: not diff.reading)
        assert set(diff.files) == set(diff._packages)
        assert "modified" in text(screen, DiffPane)
        await pilot.press("right")
        assert diff.section == "Packages"
        await pilot.press("j")
        chosen = diff.selected
        await pilot.press("s")
        assert [one.name for one in diff._packages] == sorted(one.name for one in diff._packages)
        assert diff.selected == chosen
        await pilot.press("s")
        deltas = [abs(one.delta) for one in diff._packages]
        assert deltas == sorted(deltas, reverse=True)
        await pilot.press("escape")
        await pilot.click(DiffPane, offset=(13, 1))
        assert diff.section == "Layers"


async def test_keys_are_about_the_path_under_the_cursor_from_the_start(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "g", "D")
        await pilot.pause()
        assert screen.diff_pane.selected is not None
        assert screen.selection.path == screen.diff_pane.selected


@openssl.ORDERS
def test_the_newest_replaces_the_newest(order: str) -> None:
    older, old = openssl.olds(order)
    earlier, now = openssl.before(order), openssl.now()
    baseline = baseline_of(earlier, EACH)
    rows = {(one.mark, one.name): one for one in differences(now, baseline)}
    assert (rows["~", "openssl"].versions, rows["~", "openssl"].old) == ("3.0.14 → 3.0.15", old)
    assert rows["-", "openssl"].old == older
    layers = layer_differences(now, Pricer(Planner(now), baseline).plan(EACH), baseline)
    assert sorted((one.mark, one.words) for one in layers) == [
        ("-", "openssl"),
        ("=", "data"),
        ("~", "app updated"),
        ("~", "openssl updated"),
    ]


@pytest.mark.parametrize("size", [(120, 36), (60, 16)])
async def test_a_filter_is_for_the_packages_of_the_diff(demo: Any, size: tuple[int, int]) -> None:
    async with demo(size) as (pilot, screen):
        await press(pilot, screen, "D")
        pane = screen.diff_pane
        every = pane.count
        await press(pilot, screen, "slash", *"lua", "enter")
        assert screen.shown_tab is pane
        assert pane.listing.has_focus
        shown = [one.name for one in pane._packages]
        assert shown
        assert all("lua" in name for name in shown)
        assert len(shown) < every
        await press(pilot, screen, "n")
        assert pane.listing.cursor == 1 % len(shown)
        await press(pilot, screen, "escape")
        assert pane.count == every
        await press(pilot, screen, "slash", *"new", "enter")
        assert {one.mark for one in pane._packages} <= {"+"}
        await press(pilot, screen, "slash", *"qqq")
        assert "no package matches" in text(screen, "#diff")
        await press(pilot, screen, "enter", "escape")
        assert pane.count == every


async def test_layers_are_sorted_and_found_too(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "D", "l", "j", "j")
        pane, plan = screen.diff_pane, screen.workspace.priced.plan
        every = pane._layers
        here = every[2]
        assert [one.layer for one in every if one.layer is not None] == list(range(len(plan.layers)))
        await press(pilot, screen, "s")
        sizes = [one.size for one in pane._layers]
        gone = [one.size for one in every if one.layer is None]
        assert sizes == sorted([*(layer.nar_size for layer in plan.layers), *gone], reverse=True)
        assert pane._layers[pane.listing.cursor] == here, "the cursor stays on its layer"
        await press(pilot, screen, "s")
        kept = [one.mark == "=" for one in pane._layers]
        assert kept == sorted(kept), "what changed stands before what is kept"
        await press(pilot, screen, "slash", *"lua", "enter")
        assert pane.section == "Layers"
        wanted = {i for i, layer in enumerate(plan.layers) if any("lua" in str(path) for path in layer.paths)}
        assert {one.layer for one in pane._layers if one.layer is not None} == wanted
        assert f"{pane.count} of {len(every)}" in text(screen, DiffPane).splitlines()[1]
        await press(pilot, screen, "slash", *"qqq", "enter")
        assert "no layer matches" in text(screen, DiffPane)
        await press(pilot, screen, "escape", "s")
        assert pane._layers == every


async def test_why_says_that_its_chains_have_one_order(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "w", "s")
        await pilot.pause()
        assert "the shortest comes first" in notes(pilot.app)
