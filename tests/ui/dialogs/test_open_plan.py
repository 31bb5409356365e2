from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from nixdive.layering.request import PlanRequest
from nixdive.ui.dialogs.fields import Entry
from nixdive.ui.dialogs.open_plan import Nearby, OpenPlanDialog
from nixdive.workspace.plan_files import facts, nearby
from tests.ui.conftest import notes, settled, text, until, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

PLAN = """\
format = "nixdive.plan/1"
strategy = "size"
max_layers = 12
"""


pytestmark = pytest.mark.usefixtures("in_folder")


async def asked(pilot: Pilot[None], text: str) -> OpenPlanDialog:
    await pilot.press("O")
    dialog: OpenPlanDialog = await wait_for(pilot, OpenPlanDialog)
    dialog.query_one(Input).value = text
    await pilot.press("enter")
    return dialog


async def test_a_plan_file_is_one_step_with_its_price(demo: Any) -> None:
    Path("other.plan.toml").write_text(PLAN)
    async with demo() as (pilot, screen):
        before = screen.workspace.shown.request
        await asked(pilot, "other.plan.toml")
        await until(pilot, lambda: screen.workspace.shown.at == 1)
        await settled(pilot, screen)
        assert screen.workspace.shown.request.strategy == "size"
        assert len(screen.workspace.priced.plan.layers) == 12
        assert "plan other.plan.toml → size, budget 12" in text(screen, "#edit")
        assert "next push" in text(screen, "#edit")
        await pilot.press("z")
        await settled(pilot, screen)
        assert screen.workspace.shown.request == before


async def test_a_plan_that_was_saved_opens_as_the_same_layers(demo: Any) -> None:
    async with demo() as (pilot, screen):
        await pilot.press("left_square_bracket", "left_square_bracket")
        await settled(pilot, screen)
        layers = [layer.paths for layer in screen.workspace.priced.plan.layers]
        await pilot.press("ctrl+s", "tab", "down", "ctrl+s")
        await until(pilot, lambda: notes(pilot.app))
        await pilot.press("z", "z")
        await settled(pilot, screen)
        assert len(screen.workspace.priced.plan.layers) == 20
        await pilot.press("O", "enter")
        await until(pilot, lambda: screen.workspace.shown.request.max_layers == 18)
        await settled(pilot, screen)
        assert [layer.paths for layer in screen.workspace.priced.plan.layers] == layers


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("max_layers = ", "it is not TOML"),
        (PLAN + "colour = 1\n", "no plan file has this key"),
        (PLAN.replace("size", "magic"), "no strategy is called"),
        (None, "no such file"),
    ],
)
async def test_what_is_no_plan_is_told_in_the_dialog(demo: Any, text: str | None, cause: str) -> None:
    if text is not None:
        Path("x.toml").write_text(text)
    async with demo() as (pilot, screen):
        dialog = await asked(pilot, "x.toml")
        await until(pilot, lambda: dialog.query_one("#of-file", Entry).cause)
        assert cause in dialog.query_one("#of-file", Entry).cause
        assert pilot.app.screen is dialog.screen
        await pilot.press("escape")
        assert screen.workspace.wanted is screen.workspace.shown
        assert screen.workspace.shown.at == 0


async def test_a_plan_that_does_not_fit_is_refused_and_nothing_changes(demo: Any) -> None:
    Path("x.toml").write_text(PLAN + '[[pin]]\nlayer = "a"\npaths = ["nothing-like-this"]\n')
    async with demo() as (pilot, screen):
        await asked(pilot, "x.toml")
        await until(pilot, lambda: "matches no store path" in text(screen, "#edit"))
        assert screen.workspace.shown.at == 0


async def test_a_plan_without_layers_carries_the_baseline_on(demo: Any) -> None:
    Path("x.toml").write_text(PLAN.replace("size", "churn"))
    async with demo() as (pilot, screen):
        await asked(pilot, "x.toml")
        await until(pilot, lambda: screen.workspace.shown.at == 1)
        before = screen.workspace.baseline
        assert before is not None
        carried = screen.workspace.priced.plan.request.carried
        assert carried
        assert set(carried) <= {layer.paths for layer in before.plan.layers}


async def test_a_folder_or_a_strange_name_is_no_plan(demo: Any) -> None:
    async with demo() as (pilot, _):
        for text in (".", "~nobody-here/x.toml", "x" * 300, ""):
            dialog = await asked(pilot, text)
            await until(pilot, partial(getattr, dialog.query_one("#of-file", Entry), "cause"))
            await pilot.press("escape")


async def test_a_path_is_completed_from_its_folder() -> None:
    Path("plans").mkdir()
    Path("plans/b.plan.toml").touch()
    Path("plans/a.toml").touch()
    Path("plans/letter.txt").touch()
    assert nearby("pl") == ["plans/"]
    assert nearby("plans/") == ["plans/b.plan.toml", "plans/a.toml"]
    assert nearby("nowhere/") == []
    assert nearby("~nobody-here/") == []
    suggest = Nearby().get_suggestion
    assert await suggest("plans/a") == "plans/a.toml"
    assert await suggest("plans/a.toml") is None
    assert await suggest("q") is None


def test_facts_of_a_request() -> None:
    assert facts(PlanRequest("churn", 20, carried=(("a",),), rates=(("b", 0.5), ("c", 1.0)))) == (
        "churn, budget 20, 1 layer, 2 rates"
    )
