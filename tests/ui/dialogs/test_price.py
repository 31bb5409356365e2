"""The price before the deed: what a dialog or the edit line foretells is what the edit then costs."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from textual.widgets import Input

from nixdive.sizes import prose, signed
from nixdive.ui.dialogs.pin import PinDialog
from nixdive.ui.dialogs.price import PriceLine
from nixdive.ui.dialogs.questions import BudgetDialog, RateDialog
from nixdive.words import brief_change
from nixdive.workspace import edits
from tests.ui.conftest import busy, press, text, until, wait_for
from tests.workspace.figures import pushed

SIZES = [(120, 36), (80, 24), (60, 16)]
SECONDS = re.compile(r" [+−][\d.]+ (s|min|h)(?= )")


async def told(pilot: Any, dialog: Any, values: dict[str, str]) -> str:
    """Type values into the fields, and return the price that follows."""
    for field, value in values.items():
        dialog.query_one(field, Input).value = value
    await pilot.pause()
    await until(pilot, lambda: dialog.query_one(PriceLine)._known)
    return text(dialog, PriceLine).strip()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("key", "kind", "values"),
    [
        ("b", BudgetDialog, {"Input": "27"}),
        ("b", BudgetDialog, {"Input": "9"}),
        ("p", PinDialog, {"#patterns": "lua-* musl", "#layer": "script"}),
        ("p", PinDialog, {"#layer": "4"}),
        ("percent_sign", RateDialog, {"#rate": "90"}),
    ],
)
async def test_what_a_dialog_foretells_is_what_the_edit_costs(
    demo: Any, size: tuple[int, int], key: str, kind: type[Any], values: dict[str, str]
) -> None:
    async with demo(size) as (pilot, screen):
        await press(pilot, screen, "j", "j", "j", key)
        before = screen.workspace.priced
        dialog = await wait_for(pilot, kind)
        words = await told(pilot, dialog, values)
        assert len(words) <= dialog.query_one(PriceLine).size.width, "no word is cut"
        foretold = SECONDS.sub("", words)
        await pilot.press("enter")
        await until(pilot, lambda: screen.workspace.shown.at == 1 or "refused" in text(screen, "#edit"))
        assert screen.workspace.shown.at == 1, f"{foretold}: {text(screen, '#edit')}"
        after = screen.workspace.priced
        once = signed(pushed(after) - pushed(before))
        assert foretold.startswith((f"{once} once", f"{once} push", f"{once} next push"))
        assert once in text(screen, "#edit")
        release = signed(after.release - before.believing(after.model).release)
        assert f"{release} a release" in foretold or f"{release} each release" in foretold
        slower = brief_change(after.seconds.release, before.seconds.release)
        if kind is RateDialog:
            assert words == foretold, "what is believed of releases changed, not how long they take"
        elif slower and size[0] >= 80:
            assert f"{release} {slower} a release" in words or f"{release} {slower} each release" in words
        if kind is RateDialog and size[0] >= 80:
            assert prose(after.release) in foretold


async def test_what_makes_no_edit_has_no_price(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "b")
        dialog = await wait_for(pilot, BudgetDialog)
        assert await told(pilot, dialog, {"Input": "20"}) == "nothing changes"
        dialog.query_one(Input).value = "0"
        await pilot.pause()
        assert not text(dialog, PriceLine).strip()
        await pilot.press("escape")
        await press(pilot, screen, "j", "p")
        pin = await wait_for(pilot, PinDialog)
        assert "once" in await told(pilot, pin, {"#layer": "x"})
        pin.query_one("#layer", Input).value = ""
        await pilot.pause()
        assert not text(pin, PriceLine).strip()


async def test_what_cannot_be_met_says_why(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "j", "j", "p", "enter", "b")
        dialog = await wait_for(pilot, BudgetDialog)
        assert "budget 1 is below the 1 pin" in await told(pilot, dialog, {"Input": "1"})


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("marked", [(1, 2), (0, 3, 4), (5, 9)])
async def test_marks_say_what_merging_them_costs(
    demo: Any, size: tuple[int, int], marked: tuple[int, ...]
) -> None:
    async with demo(size) as (pilot, screen):
        await press(pilot, screen, "1")
        before = screen.workspace.priced
        for number in marked:
            screen.layers_pane.select(number)
            await pilot.press("space")
        await until(pilot, lambda: not busy(pilot.app))
        await pilot.pause()
        line = text(screen, "#edit")
        size_words = prose(sum(before.plan.layers[number].nar_size for number in marked))
        assert f"{len(marked)} marked, {size_words}" in line
        await press(pilot, screen, "m")
        after = screen.workspace.priced
        assert len(after.plan.layers) == len(before.plan.layers) - len(marked) + 1
        assert "m merges: " in line
        least, most = len(after.plan.layers), len(before.plan.layers)
        budget = f" {least} of at most {most}" if size[0] >= 110 else f" {least} ≤ {most}"
        assert budget in text(screen, "#figures"), "the budget stays what was asked"
        for cost in (pushed(after) - pushed(before), after.release - before.release):
            assert signed(cost) in line
            assert signed(cost) in text(screen, "#edit")


async def test_one_mark_is_merged_with_the_layer_under_the_cursor(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "1", "j", "space")
        for number in (3, 4):
            await until(pilot, lambda: not busy(pilot.app))
            line = text(screen, "#edit")
            assert f"1 marked, {prose(screen.workspace.priced.plan.layers[1].nar_size)}" in line
            assert f"m merges it with {number}" in line
            edit = edits.merge(screen.editing.now, {1, number - 1})
            foretold = copy.copy(screen.workspace).foretell(edit)
            assert signed(foretold.release) in line
            await press(pilot, screen, "j")
        await press(pilot, screen, "k", "k", "k")
        assert "mark one more" in text(screen, "#edit")
        await press(pilot, screen, "space")
        assert "marked" not in text(screen, "#edit")


async def test_marks_that_cannot_be_merged_say_why(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "1", "j", "f", "space", "space")
        await until(pilot, lambda: not busy(pilot.app))
        assert "no merge: " in text(screen, "#edit")
        assert "frozen" in text(screen, "#edit")


async def test_the_price_of_an_edit_stands_before_that_of_marks(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await press(pilot, screen, "1", "space", "space", "right_square_bracket")
        assert "budget 20 → 21" in text(screen, "#edit")
        await press(pilot, screen, "j")
        assert "budget 20 → 21" in text(screen, "#edit"), "moving takes nothing away that has to be read"
        await press(pilot, screen, "space")
        assert "3 marked" in text(screen, "#edit")
