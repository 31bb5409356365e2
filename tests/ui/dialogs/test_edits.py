"""The list of edits on the screen: prices, what is dropped, and what is copied."""

from __future__ import annotations

from typing import Any

import pytest

from nixdive.progress import NullProgress
from nixdive.sizes import signed
from nixdive.ui.dialogs.edits import EditsDialog, Steps
from tests.ui.conftest import press, settled, text, until, wait_for
from tests.workspace.figures import pushed


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_every_edit_has_its_prices(demo: Any, size: tuple[int, int]) -> None:
    async with demo(size) as (pilot, screen):
        await press(pilot, screen, "right_curly_bracket", "e", "down", "enter")
        plans = [screen.workspace.plan(edit.request) for edit in screen.workspace.shown.edits]
        await pilot.press("E")
        dialog = await wait_for(pilot, EditsDialog)
        await until(pilot, lambda: dialog._ledger is not None)
        shown = text(dialog, Steps).splitlines()
        assert len(shown) == 2
        for line, edit, before, after in zip(
            shown, screen.workspace.shown.steps, plans, plans[1:], strict=False
        ):
            assert edit.words in line
            assert signed(pushed(after) - pushed(before)) in line
        assert f"{len(plans[-1].plan.layers)} layers new" in dialog._ledger.line


async def test_one_in_the_middle_is_dropped_as_foretold_and_comes_back(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "right_curly_bracket", "j", "j", "p", "enter", "left_square_bracket")
        request, steps = screen.workspace.shown.request, screen.workspace.shown.steps
        assert [step.what.split()[0] for step in steps] == ["budget", "pin", "budget"]
        foretold = screen.workspace.without(1, NullProgress())
        await pilot.press("E", "up")
        dialog = await wait_for(pilot, EditsDialog)
        await until(pilot, lambda: dialog._dropped is not None)
        assert signed(foretold.price.push) in "".join(span.text for span in dialog._draw_without(80, 4)[0])
        await pilot.press("x")
        await until(pilot, lambda: screen.workspace.shown.at == 4)
        await settled(pilot, screen)
        assert not screen.workspace.shown.request.pins
        assert [step.words for step in screen.workspace.shown.steps] == ["budget 20 → 30", "budget 30 → 29"]
        assert "drop pin" in text(screen, "#edit")
        assert signed(foretold.price.release) in text(screen, "#edit")
        await press(pilot, screen, "z")
        assert (screen.workspace.shown.request, screen.workspace.shown.steps) == (request, steps)


async def test_what_no_longer_applies_is_said_before_and_after(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "j", "j", "p", "enter", "delete")
        await pilot.press("E", "up")
        dialog = await wait_for(pilot, EditsDialog)
        await until(pilot, lambda: dialog._dropped is not None)
        assert "it changes nothing any more" in str(dialog._draw_without(76, 4))
        await pilot.press("x")
        await until(pilot, lambda: screen.workspace.shown.at == 3)
        assert "no longer applies" in text(screen, "#edit")


async def test_the_receipt_is_copied_as_markdown(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "right_curly_bracket")
        await pilot.press("E")
        dialog = await wait_for(pilot, EditsDialog)
        await until(pilot, lambda: dialog._ledger is not None)
        await pilot.press("y")
        assert pilot.app.clipboard == screen.workspace.ledger(NullProgress()).markdown
        assert "| budget 20 → 30" in pilot.app.clipboard


async def test_without_edits_there_is_no_list(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "E")
        assert "there are no edits yet" in text(screen, "#edit")
