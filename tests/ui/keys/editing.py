"""Keys of the main screen that edit the plan, or write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from nixdive.ui.dialogs.edits import EditsDialog
from nixdive.ui.dialogs.questions import BudgetDialog, RateDialog
from nixdive.ui.dialogs.strategy import StrategyDialog
from nixdive.ui.dialogs.write import WriteDialog
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.layers.pane import LayersPane
from tests.ui.conftest import shows
from tests.ui.keys.table import presses

if TYPE_CHECKING:
    from tests.ui.keys.table import Stage

STEPS = {
    "right_square_bracket": 1,
    "left_square_bracket": -1,
    "right_curly_bracket": 10,
    "left_curly_bracket": -10,
}


@presses("budget.more", "budget.fewer", "budget.many-more", "budget.many-fewer")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    assert at.request.max_layers == 20 + STEPS[key]
    assert f"budget 20 → {20 + STEPS[key]}" in at.text("#edit")


@presses("budget.ask")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    assert shows(at.top, BudgetDialog)
    at.one(Input).value = "31"
    await at.press("enter")
    assert at.request.max_layers == 31


@presses("strategy")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    assert shows(at.top, StrategyDialog)
    await at.press("down", "enter")
    assert at.request.strategy != "churn"


@presses("replan")
async def _(at: Stage, key: str) -> None:
    assert at.request.carry_on
    await at.press(key)
    assert not at.request.carry_on


@presses("best")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    await at.until(lambda: "next:" in at.text("#edit"))
    before = at.request
    await at.press(key)
    assert at.request != before


@presses("edits")
async def _(at: Stage, key: str) -> None:
    await at.press("right_square_bracket", key)
    assert shows(at.top, EditsDialog)


@presses("pin")
async def _(at: Stage, key: str) -> None:
    await at.press("j", "j", key, "enter")
    (pin,) = at.request.pins
    assert pin.matches(at.screen.workspace.subject.closure.paths[at.screen.selection.path or 0])


@presses("pin.added")
async def _(at: Stage, key: str) -> None:
    await at.press("j", key, "enter")
    assert len(at.request.pins) > 1


@presses("unpin")
async def _(at: Stage, key: str) -> None:
    await at.press("j", "j", "p", "enter")
    assert at.request.pins
    await at.press(key)
    assert not at.request.pins


@presses("rate")
async def _(at: Stage, key: str) -> None:
    at.one(ClosurePane).reveal(at.path("musl"))
    await at.press(key)
    assert shows(at.top, RateDialog)
    await at.press("4", "0", "enter")
    assert dict(at.request.rates) == {"musl": 0.4}


@presses("merge")
async def _(at: Stage, key: str) -> None:
    layers = at.one(LayersPane).count
    await at.press("1", "down", "space", "down", "space", key)
    assert at.one(LayersPane).count == layers - 1
    assert "merge" in at.text("#edit")


@presses("split")
async def _(at: Stage, key: str) -> None:
    await at.press("1")
    table = at.one(LayersPane)
    layers = at.screen.workspace.priced.plan.layers
    table.listing.cursor = next(i for i, layer in enumerate(layers) if len(layer.paths) > 1)
    await at.press(key)
    assert "split" in at.text("#edit")
    assert at.screen.workspace.shown.at == 1


@presses("freeze")
async def _(at: Stage, key: str) -> None:
    await at.press("1")
    table = at.one(LayersPane)
    table.listing.cursor = at.screen.workspace.priced.layer_marks.index("=")
    await at.press(key)
    assert at.screen.workspace.priced.plan.layers[table.listing.cursor].frozen


@presses("undo")
async def _(at: Stage, key: str) -> None:
    await at.press("right_square_bracket", key)
    assert at.request.max_layers == 20


@presses("redo")
async def _(at: Stage, key: str) -> None:
    await at.press("right_square_bracket", "z", key)
    assert at.request.max_layers == 21


@presses("plan.open")
async def _(at: Stage, key: str) -> None:
    from nixdive.ui.dialogs.open_plan import OpenPlanDialog

    await at.press(key)
    assert shows(at.top, OpenPlanDialog)


@presses("write")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    assert shows(at.top, WriteDialog)
