"""The strategies with their figures, and the plan of the one that the cursor is on."""

from __future__ import annotations

from typing import Any

import pytest

from nixdive.sizes import prose
from nixdive.ui.dialogs.strategy import Choices, StrategyDialog
from nixdive.words import brief
from nixdive.workspace import edits
from tests.ui.conftest import lines, text, until, wait_for
from tests.workspace.figures import expected, pushed


@pytest.mark.parametrize("size", [(200, 60), (120, 36), (80, 24)])
async def test_every_strategy_has_its_figures(demo: Any, size: tuple[int, int]) -> None:
    async with demo(size) as (pilot, screen):
        await pilot.press("e")
        dialog = await wait_for(pilot, StrategyDialog)
        choices = dialog.query_one(Choices)
        await until(pilot, lambda: len(choices._found) == len(choices.names))
        shown = text(dialog, Choices).splitlines()
        workspace = screen.workspace
        for name, line in zip(choices.names, shown, strict=True):
            edit = edits.strategy(workspace.situation, name)
            priced = workspace.plan(edit.request if edit else workspace.shown.request)
            assert priced.seconds is not None
            figures = (str(len(priced.plan.layers)), prose(pushed(priced)), prose(round(expected(priced))))
            assert line.split()[1:7] == [name, figures[0], *figures[1].split(), *figures[2].split()]
            assert brief(priced.seconds.release) in line
            choices.cursor = choices.names.index(name)
            await pilot.pause()
            told = [line, *lines(dialog._told)]
            assert sum(choices.words(name) in one for one in told) == 1, "whole, and once"


async def test_the_plan_under_the_cursor_is_shown(demo: Any) -> None:
    async with demo((120, 40)) as (pilot, screen):
        await pilot.press("e")
        dialog = await wait_for(pilot, StrategyDialog)
        choices = dialog.query_one(Choices)
        await until(pilot, lambda: len(choices._found) == len(choices.names))
        here = lines(dialog._preview)
        assert here[0].startswith(" bytes")
        choices.cursor = choices.names.index("single")
        await pilot.pause()
        one = lines(dialog._preview)
        assert one != here
        rows = [line for line in one[3:] if line.strip()]
        assert len(rows) == len(choices._found["single"].plan.layers)
        assert screen.workspace.shown.at == 0, "nothing is done yet"


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)])
async def test_the_chooser_has_all_its_lines_in_every_terminal(demo: Any, size: tuple[int, int]) -> None:
    async with demo(size) as (pilot, _):
        await pilot.press("e")
        dialog = await wait_for(pilot, StrategyDialog)
        choices = dialog.query_one(Choices)
        await until(pilot, lambda: bool(dialog.region) and len(choices._found) == len(choices.names))
        keys = dialog.query_one(".buttons Drawn")
        assert lines(keys)[0].strip() == "enter choose   esc close"
        assert keys.region in pilot.app.screen.region
        assert keys.region.bottom < dialog.region.bottom, "above the frame's own line"
        heads = [line for line in lines(dialog._preview) if "Store paths" in line]
        assert bool(heads) == (size[1] > 16), "no heads of no layers"
