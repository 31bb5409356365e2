"""The screen at the sizes that the design names, and at any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.widgets._toast import Toast, ToastRack

from nixdive.ui.config.keymap import KeySigns
from nixdive.ui.draw.drawn import Drawn
from nixdive.ui.draw.line import plain
from nixdive.ui.main.arrangement import GAP, left_cells, moved
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.ui.panes.lines.below import fitting, key_bar, short
from nixdive.ui.panes.pane import TABS, header
from nixdive.ui.verbs import FOOTER_RIGHT, FOOTERS, UNBOUND
from tests.ui.conftest import resized, settled, text, until

if TYPE_CHECKING:
    from nixdive.ui.main.screen import MainScreen


def check_lines(screen: MainScreen) -> None:
    for widget in screen.query("*").results(Drawn):
        if widget.display and widget.size.area:
            lines = [widget.render_line(y) for y in range(widget.size.height)]
            assert {line.cell_length for line in lines} == {widget.size.width}, widget


@pytest.mark.parametrize(
    ("cells", "left"), [(80, 36), (100, 45), (117, 51), (118, 58), (120, 59), (150, 72), (160, 77)]
)
def test_the_boundary_stands_where_the_design_has_it(cells: int, left: int) -> None:
    assert left_cells(cells) == left


@given(st.integers(80, 400), st.lists(st.integers(-3, 3), max_size=30))
def test_both_sides_keep_room(cells: int, steps: list[int]) -> None:
    at = 0
    for step in steps:
        before, at = at, moved(cells, at, step)
        assert abs(at - before) <= 4 * abs(step)
    assert left_cells(cells, at) >= 30
    assert cells - GAP - left_cells(cells, at) >= 34


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=12), st.integers(0, 100))
def test_no_more_keys_than_have_room(wanted: list[tuple[int, int]], cells: int) -> None:
    kept = fitting(wanted, cells)
    assert kept == sorted(set(kept))
    assert sum(wanted[i][1] for i in kept) <= cells
    if kept and len(kept) < len(wanted):
        left_out = max(wanted[i][0] for i in range(len(wanted)) if i not in kept)
        assert min(wanted[i][0] for i in kept) >= left_out


ROWS = {
    (80, 24): (12, 12, 0, 4, 4),
    (100, 30): (18, 18, 0, 4, 4),
    (120, 36): (15, 23, 6, 6, 4),
    (160, 48): (27, 35, 6, 6, 4),
    (80, 23): (12, 12, 0, 4, 4),
    (80, 20): (9, 13, 0, 4, 0),
    (80, 18): (11, 11, 0, 0, 0),
}
"""For each size the rows of the layers and of the tree, and the heights of the panes below them."""


async def test_rows_are_as_the_design_has_them(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        for size, (layers, tree, *below) in ROWS.items():
            await resized(pilot, *size)
            assert screen.query_one(LayersPane).listing.visible_rows == layers, size
            assert screen.query_one(ClosurePane).listing.visible_rows == tree, size
            panes = ("#layer-details", "#plan-details", "#path-details")
            assert [screen.query_one(one, Drawn).size.height for one in panes] == below, size
            assert screen.query_one("#bar", Drawn).size.height == (2 if size[1] >= 24 else 1), size
            check_lines(screen)


@pytest.mark.parametrize(
    ("budget", "rows", "below", "folded"), [(12, 25, 20, 20), (31, 31, 14, 20), (60, 38, 7, 7)]
)
async def test_in_a_high_terminal_layers_has_the_rows_that_it_needs(
    demo: Any, budget: int, rows: int, below: int, folded: int
) -> None:
    async with demo((200, 60), max_layers=budget) as (pilot, screen):
        await resized(pilot, 200, 60)
        details = screen.query_one("#layer-details", Drawn)
        await until(pilot, lambda: details.size.height == below)
        assert screen.query_one(LayersPane).listing.visible_rows == rows
        await resized(pilot, 160, 48)
        await until(pilot, lambda: details.size.height == 6)
        await resized(pilot, 200, 60)
        await until(pilot, lambda: details.size.height == below)
        await pilot.press("4")
        await until(pilot, lambda: details.size.height == folded)


async def test_what_matters_stays_in_sight(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("right_square_bracket")
        await settled(pilot, screen)
        for size in ((60, 16), (79, 24), (80, 24), (160, 48)):
            await resized(pilot, *size)
            assert "churn" in text(screen, "#title")
            words = text(screen, "#edit")
            did = "budget 20 → 21" if size[0] > 60 else "budget 20"
            assert all(one in words for one in (did, "push", "release", "z"))
            footer = text(screen, "#keys")
            assert "[ ] Budget" in footer
            assert "? Help" in footer
            if size[0] >= 80:
                assert "e Strategy" in footer
                assert ("assumed: churn in 21 layers" if size[0] >= 100 else "assumed") in words
            check_lines(screen)


async def test_the_number_of_paths_has_a_column_where_it_is_wide(demo: Any) -> None:
    async with demo((150, 40)) as (pilot, screen):
        assert "Paths" in text(screen, LayersPane).splitlines()[1]
        await pilot.resize_terminal(149, 40)
        await resized(pilot, 120, 40)
        assert "Paths" not in text(screen, LayersPane).splitlines()[1]


@pytest.mark.parametrize(
    ("words", "fewer"),
    [
        ("free", "free"),
        ("pays back in 3 releases", "pays back in 3"),
        ("pays back in 1 release", "pays back in 1"),
        ("never pays back", "never"),
        ("saves at once", "saves"),
        ("dearer after 2 releases", "dearer after 2"),
        ("dearer with each release", "dearer"),
    ],
)
def test_verdicts_have_a_short_form(words: str, fewer: str) -> None:
    assert short(words) == fewer


async def test_it_can_be_resized_at_any_moment(demo: Any) -> None:
    async with demo((120, 36)) as (pilot, screen):
        sizes = [(80, 24), (200, 60), (40, 10), (79, 17), (160, 48), (60, 16), (118, 33), (120, 36)]
        for i, size in enumerate(sizes):
            await pilot.press(
                ("right_square_bracket", "tab", "3", "v", "4", "ctrl+p", "greater_than_sign")[i % 7]
            )
            await resized(pilot, *size)
            check_lines(screen)
            await pilot.press("escape")
        await settled(pilot, screen)
        assert screen.query_one("#left").size.width > 0


async def test_one_column_keeps_the_bar(demo: Any) -> None:
    async with demo((70, 24)) as (pilot, screen):
        seen = set()
        for _ in range(2):
            await pilot.press("tab")
            await pilot.pause()
            seen.add((screen.query_one(LayersPane).size.width, screen.query_one(ClosurePane).size.width))
            assert screen.query_one("#bar", Drawn).size.width == 70
        assert seen == {(70, 0), (0, 70)}
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert screen.arrangement.boundary == 0


async def test_panes_fold_and_open(demo: Any) -> None:
    async with demo((120, 36)) as (pilot, screen):
        table = screen.query_one(LayersPane)
        await pilot.press("3")
        await pilot.pause()
        assert (screen.query_one("#layer-details", Drawn).display, table.listing.visible_rows) == (False, 21)
        await pilot.press("4")
        await pilot.pause()
        assert (screen.query_one("#plan").display, table.listing.visible_rows) == (False, 27)
        await pilot.press("3", "4")
        await pilot.pause()
        assert table.listing.visible_rows == 15


async def test_a_small_screen_opens_details_over_the_plan(demo: Any) -> None:
    async with demo((80, 24)) as (pilot, screen):
        details, plan = screen.query_one("#layer-details", Drawn), screen.query_one("#plan")
        assert (details.display, plan.display) == (False, True)
        await pilot.press("3")
        await pilot.pause()
        assert (details.display, plan.display) == (True, False)
        await pilot.press("4")
        await pilot.pause()
        assert (details.display, plan.display) == (False, True)
        await pilot.press("3", "3")
        await pilot.pause()
        assert (details.display, plan.display) == (False, True)


async def test_the_boundary_moves_and_stops(demo: Any) -> None:
    async with demo((120, 36)) as (pilot, screen):
        await pilot.press("less_than_sign", "less_than_sign")
        await pilot.pause()
        assert screen.query_one("#left").size.width == 51
        check_lines(screen)
        await pilot.press(*["greater_than_sign"] * 20)
        await pilot.pause()
        assert screen.query_one("#right").size.width == 34
        check_lines(screen)
        await pilot.press("less_than_sign")
        await pilot.pause()
        assert screen.query_one("#right").size.width == 38


def test_the_footer_shows_other_keys() -> None:
    def shown(**keymap: str) -> str:
        keys = KeySigns({name.replace("_", "."): key for name, key in keymap.items()})
        return plain(key_bar(FOOTERS[""], FOOTER_RIGHT, keys, 160))

    assert "[ ] Budget" in shown()
    assert "[ + Budget" in shown(budget_more="plus,f5")
    assert "^w Write" in shown(write="ctrl+w")
    assert "Quit" in shown()
    assert "Quit" not in shown(quit=UNBOUND)


@pytest.mark.parametrize("shown", list(TABS))
def test_all_tabs_have_room_at_eighty_columns(shown: str) -> None:
    for focused in (True, False):
        line = plain(header(shown, 42, focused=focused))
        assert all(title in line for title in TABS.values()), line
        assert cell_len(line) == 42
    assert "━ Push ━" in plain(header("closure", 59, focused=True))


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)])
async def test_notices_never_cover_the_edit_line(demo: Any, size: tuple[int, int]) -> None:
    async with demo(size, notifications=True) as (pilot, screen):
        for severity in ("information", "error"):
            screen.notify("first line\nsecond\nthird " + "x" * 200, severity=severity)
        await until(pilot, lambda: len(screen.query(Toast)) == 2)
        await pilot.pause()
        edit = screen.query_one("#edit").region
        rack = screen.query_one(ToastRack)
        assert all(toast.region.height > 1 for toast in screen.query(Toast))
        assert rack.region.bottom <= edit.y, "what has no room there scrolls"
        assert rack.region.y >= 0


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_the_boundary_follows_the_mouse_as_far_as_both_sides_have_room(
    demo: Any, size: tuple[int, int]
) -> None:
    async with demo(size) as (pilot, screen):
        left, gap = screen.query_one("#left"), screen.query_one("#boundary")
        before = left.size.width
        assert gap.region.x == before
        await pilot.mouse_down(gap, offset=(0, 5))
        for column, expected in ((before + 2, before + 2), (3, 30), (size[0] - 1, size[0] - 36), (36, 36)):
            await pilot.hover("#body", offset=(column, 9))
            await pilot.pause()
            assert left.size.width == expected
            assert left.size.width + 2 + screen.query_one("#right").size.width == size[0]
        await pilot.mouse_up("#body", offset=(36, 9))
        await pilot.hover("#body", offset=(50, 9))
        await pilot.pause()
        assert left.size.width == 36, "it was let go"
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert left.size.width == 40
