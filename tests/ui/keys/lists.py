"""Keys that all lists have, pressed in each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.keys.table import presses

if TYPE_CHECKING:
    from nixdive.ui.panes.tabs import Pane
    from tests.ui.keys.table import Stage


async def each(at: Stage) -> list[Pane]:
    """Return all lists of the screen that can be gone through, filled."""
    from nixdive.ui.panes.tabs import TABS

    # the curve of Push takes its time, and has no rows
    at.screen.workspace.curve = lambda *_: None  # type: ignore[method-assign]
    for name in TABS:
        at.screen.browsing.tab(name)
    await at.pilot.pause()
    return [pane for pane in at.screen.panes.values() if pane.listing.count > 2]


async def put(at: Stage, pane: Pane, cursor: int) -> int:
    """Give the keys to a list, and put its cursor on a row."""
    at.screen.browsing.show_pane(next(name for name, one in at.screen.panes.items() if one is pane))
    pane.listing.cursor = cursor
    await at.rest()
    assert pane.listing.has_focus
    return pane.listing.cursor


@presses("list.down", "list.page-down", "list.half-down")
async def _(at: Stage, key: str) -> None:
    rows = []
    for pane in await each(at):
        start = await put(at, pane, 0)
        await at.press(key)
        rows.append(pane.listing.cursor - start)
    assert all(moved >= 1 for moved in rows)
    assert max(rows) == 1 if key in {"down", "j"} else max(rows) > 5


@presses("list.up", "list.page-up", "list.half-up")
async def _(at: Stage, key: str) -> None:
    rows = []
    for pane in await each(at):
        start = await put(at, pane, pane.listing.count - 1)
        await at.press(key)
        rows.append(start - pane.listing.cursor)
    assert all(moved >= 1 for moved in rows)
    assert max(rows) == 1 if key in {"up", "k"} else max(rows) > 5


@presses("list.first")
async def _(at: Stage, key: str) -> None:
    for pane in await each(at):
        assert await put(at, pane, pane.listing.count - 1)
        await at.press(key)
        assert pane.listing.cursor == 0


@presses("list.last")
async def _(at: Stage, key: str) -> None:
    for pane in await each(at):
        await put(at, pane, 0)
        await at.press(key)
        assert pane.listing.cursor == pane.listing.count - 1
