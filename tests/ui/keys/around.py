"""Keys of the main screen that look around."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.ui.dialogs.help import HelpDialog
from nixdive.ui.dialogs.questions import LeaveDialog
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.layers.arranged import Order
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.ui.panes.lines.filter_field import FilterField
from nixdive.ui.panes.pane import TABS
from nixdive.ui.panes.why.pane import WhyPane
from nixdive.workspace.open import OpenRequest
from nixdive.workspace.options import PlanOptions
from tests.ui.conftest import shows, text
from tests.ui.keys.table import presses

if TYPE_CHECKING:
    from tests.ui.keys.table import Stage


@presses("quit")
async def _(at: Stage, key: str) -> None:
    await at.press("right_square_bracket", key)
    assert shows(at.top, LeaveDialog)


@presses("help")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    assert shows(at.top, HelpDialog)


@presses("pane.next", "pane.previous")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    assert at.screen.selection.in_layers
    await at.press(key)
    assert at.one(ClosurePane).listing.has_focus


@presses("pane.layers")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    assert at.one(LayersPane).listing.has_focus


@presses("pane.right")
async def _(at: Stage, key: str) -> None:
    await at.press("D", "1", key)
    assert at.screen.diff_pane.listing.has_focus


@presses("pane.layer-details")
async def _(at: Stage, key: str) -> None:
    rows = at.one(LayersPane).listing.visible_rows
    await at.press(key)
    assert not at.top.query_one("#layer-details").display
    assert at.one(LayersPane).listing.visible_rows > rows
    await at.press(key)
    assert at.top.query_one("#layer-details").display


@presses("pane.plan")
async def _(at: Stage, key: str) -> None:
    rows = at.one(LayersPane).listing.visible_rows
    await at.press(key)
    assert at.one(LayersPane).listing.visible_rows > rows
    await at.press(key)
    assert at.one(LayersPane).listing.visible_rows == rows


@presses("boundary.left", "boundary.right")
async def _(at: Stage, key: str) -> None:
    cells = at.one(LayersPane).size.width
    await at.press(key)
    grown = at.one(LayersPane).size.width - cells
    assert grown < 0 if key == "less_than_sign" else grown > 0


@presses("tab.next")
async def _(at: Stage, key: str) -> None:
    seen = []
    for _ in TABS:
        await at.press(key)
        seen.append(at.tab)
    assert sorted(map(str, seen)) == sorted(TABS)


@presses("filter")
async def _(at: Stage, key: str) -> None:
    await at.press(key, "x")
    assert at.one(FilterField).value == "x"
    assert at.one(ClosurePane).picking
    await at.press("escape", "1", key, *"lua", "enter")
    assert at.one(LayersPane).picking
    assert at.screen.selection.in_layers
    assert not at.one(ClosurePane).picking


@presses("filter.next", "filter.previous")
async def _(at: Stage, key: str) -> None:
    await at.press("slash", *"lua", "enter")
    tree = at.one(ClosurePane)
    seen = {tree.selected}
    for _ in range(3):
        await at.press(key)
        assert tree.selected not in seen
        seen.add(tree.selected)


@presses("whole")
async def _(at: Stage, key: str) -> None:
    await at.press("slash", *"lua", "enter")
    assert at.one(ClosurePane).picking
    await at.press("1", "slash", *"lua", "enter", key)
    assert at.one(ClosurePane).picking
    assert not at.one(LayersPane).picking
    await at.press(key)  # where the layers have no filter it is for the tab
    assert not at.one(ClosurePane).picking


@presses("sort")
async def _(at: Stage, key: str) -> None:
    order = at.one(ClosurePane).order
    await at.press(key)
    assert at.one(ClosurePane).order is not order
    await at.press("1", key)
    assert at.one(LayersPane).order is Order.SIZE


@presses("why")
async def _(at: Stage, key: str) -> None:
    at.one(ClosurePane).reveal(at.path("musl"))
    await at.press(key)
    assert at.tab == "why"
    assert at.one(WhyPane).path == at.path("musl")


@presses("why.layer")
async def _(at: Stage, key: str) -> None:
    at.one(ClosurePane).reveal(at.path("musl"))
    await at.press(key)
    pane = at.one(WhyPane)
    assert pane.listing.cursor > 0
    assert "layer" in at.text(WhyPane)


@presses("diff")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    assert at.tab == "diff"
    assert at.screen.diff_pane.listing.has_focus


@presses("referrers")
async def _(at: Stage, key: str) -> None:
    at.one(ClosurePane).reveal(at.path("musl"))
    await at.press(key)
    closure = at.screen.workspace.subject.closure
    rows = at.one(ClosurePane).rows
    assert rows[0].path == at.path("musl")
    assert {row.path for row in rows if row.depth == 1} == set(closure.referrers[at.path("musl")])


@presses("copy.path")
async def _(at: Stage, key: str) -> None:
    await at.press("j", key)
    assert at.pilot.app.clipboard == at.screen.workspace.subject.closure.paths[at.screen.selection.path or 0]


@presses("copy.digest")
async def _(at: Stage, key: str) -> None:
    await at.press("j", key)
    info = at.screen.workspace.subject.closure.infos[at.screen.selection.path or 0]
    assert at.pilot.app.clipboard == (info.nar_hash or info.path.hash_part)


@presses("copy.command")
async def _(at: Stage, key: str) -> None:
    layers = at.screen.workspace.shown.request.max_layers
    at.screen.workspace.opened = OpenRequest((), PlanOptions(max_layers=layers), demo=True)
    await at.press(key)
    assert at.pilot.app.clipboard == f"nixdive plan demo --max-layers {layers}"


@presses("commands")
async def _(at: Stage, key: str) -> None:
    from nixdive.ui.dialogs.commands import CommandsDialog, Found

    await at.press(key)
    assert shows(at.top, CommandsDialog)
    assert len(at.one(Found).commands) > 40


@presses("suspend")
async def _(at: Stage, key: str) -> None:
    came = []
    at.pilot.app.action_suspend_process = lambda: came.append(key)  # type: ignore[method-assign]
    try:
        await at.press(key)
    finally:
        del at.pilot.app.action_suspend_process
    assert came == [key]


@presses("layer.details")
async def _(at: Stage, key: str) -> None:
    from nixdive.ui.dialogs.layer import LayerDialog

    await at.press("1", "down", key)
    assert shows(at.top, LayerDialog)
    shown = text(at.top, "#lines")
    assert all(path.package in shown for path in at.screen.workspace.priced.plan.layers[1].paths)
