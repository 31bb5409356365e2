"""Keys that all lists have: a list is one widget, whatever its rows are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.keys.table import presses

if TYPE_CHECKING:
    from nixdive.ui.listing import Listing
    from tests.ui.keys.table import Stage


async def put(at: Stage, cursor: int) -> Listing:
    """Put the cursor of the closure on a row."""
    listing = at.screen.closure_pane.listing
    listing.cursor = cursor
    await at.rest()
    assert listing.has_focus
    return listing


@presses("list.down", "list.page-down", "list.half-down")
async def _(at: Stage, key: str) -> None:
    listing = await put(at, 0)
    await at.press(key)
    room = listing.visible_rows
    assert listing.cursor == {"pagedown": min(room, listing.count - 1), "d": room // 2}.get(key, 1)


@presses("list.up", "list.page-up", "list.half-up")
async def _(at: Stage, key: str) -> None:
    listing = await put(at, 10_000)
    last = listing.count - 1
    assert listing.cursor == last
    await at.press(key)
    room = listing.visible_rows
    assert listing.cursor == max(last - {"pageup": room, "u": room // 2}.get(key, 1), 0)


@presses("list.first")
async def _(at: Stage, key: str) -> None:
    listing = await put(at, 10_000)
    await at.press(key)
    assert listing.cursor == 0


@presses("list.last")
async def _(at: Stage, key: str) -> None:
    listing = await put(at, 0)
    await at.press(key)
    assert listing.cursor == listing.count - 1
