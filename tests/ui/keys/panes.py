"""Keys of the panes: Layers, Closure, Why, Diff, Push, Share."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.diff.pane import SECTIONS, DiffPane
from nixdive.ui.panes.layers.pane import LayersPane
from nixdive.ui.panes.push.pane import PushPane
from nixdive.ui.panes.share.pane import SharePane
from nixdive.ui.panes.why.pane import WhyPane
from tests.patience import PATIENCE
from tests.ui.conftest import shows
from tests.ui.keys.table import presses

if TYPE_CHECKING:
    from tests.ui.keys.table import Stage


@presses("layers.paths")
async def _(at: Stage, key: str) -> None:
    await at.press("1", "down", key)
    paths = at.screen.workspace.subject.closure.paths
    shown = {paths[row.path] for row in at.one(ClosurePane).rows}
    assert shown == set(at.screen.workspace.priced.plan.layers[1].paths)


@presses("layers.mark")
async def _(at: Stage, key: str) -> None:
    await at.press("1", key)
    assert set(at.screen.selection.marked) == {0}
    at.one(LayersPane).listing.cursor = 0
    await at.press(key)
    assert not at.screen.selection.marked


@presses("layers.lower")
async def _(at: Stage, key: str) -> None:
    await at.press("1", "down", "down")
    paths = at.screen.workspace.priced.plan.layers[2].paths
    await at.press(key)
    assert at.screen.workspace.priced.plan.layers[1].paths == paths


@presses("layers.higher")
async def _(at: Stage, key: str) -> None:
    await at.press("1", "down", "down")
    paths = at.screen.workspace.priced.plan.layers[2].paths
    await at.press(key)
    assert at.screen.workspace.priced.plan.layers[3].paths == paths


@presses("tree.go")
async def _(at: Stage, key: str) -> None:
    await at.press("j", "j", key)
    path = at.screen.workspace.subject.closure.paths[at.screen.selection.path or 0]
    assert at.screen.selection.layer == at.screen.workspace.priced.layer_of[path]


@presses("tree.open", "tree.toggle")
async def _(at: Stage, key: str) -> None:
    await at.press("C", "j")
    rows = at.one(ClosurePane).count
    await at.press(key)
    assert at.one(ClosurePane).count > rows


@presses("tree.close")
async def _(at: Stage, key: str) -> None:
    await at.press("C")
    rows = at.one(ClosurePane).count
    await at.press("j", "right", key)
    assert at.one(ClosurePane).count == rows
    await at.press(key)
    assert at.one(ClosurePane).listing.cursor == 0


@presses("tree.fold-all")
async def _(at: Stage, key: str) -> None:
    await at.press("asterisk")
    rows = at.one(ClosurePane).count
    await at.press(key)
    assert at.one(ClosurePane).count < rows


@presses("tree.deeper")
async def _(at: Stage, key: str) -> None:
    await at.press("C")
    rows = at.one(ClosurePane).count
    await at.press(key)
    assert at.one(ClosurePane).count > rows


@presses("tree.unfold-all")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    seen = {row.path for row in at.one(ClosurePane).rows}
    assert len(seen) == len(at.screen.workspace.subject.closure)


@presses("tree.sight")
async def _(at: Stage, key: str) -> None:
    await at.press("asterisk")
    tree = at.one(ClosurePane)
    tree.listing.cursor = next(i for i, row in enumerate(tree.rows) if not row.first)
    path, row = tree.selected, tree.listing.cursor
    await at.press(key)
    assert tree.selected == path
    assert tree.listing.cursor != row


@presses("tree.flat")
async def _(at: Stage, key: str) -> None:
    await at.press("slash", *"lua-cjson", "enter")
    rows = at.one(ClosurePane).count
    await at.press(key)
    assert at.one(ClosurePane).count == 1 < rows


@presses("tree.hashes")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    path = at.screen.workspace.subject.closure.paths[at.one(ClosurePane).selected or 0]
    assert path.hash_part[:7] in at.text(ClosurePane)


@presses("why.go")
async def _(at: Stage, key: str) -> None:
    at.one(ClosurePane).reveal(at.path("musl"))
    await at.press("w", key)
    assert at.tab == "closure"


@presses("why.next", "why.previous")
async def _(at: Stage, key: str) -> None:
    at.one(ClosurePane).reveal(at.path("musl"))
    await at.press("w", *(("G",) if key == "N" else ("g",)))
    pane = at.one(WhyPane)
    row = pane.listing.cursor
    await at.press(key)
    assert pane.listing.cursor < row if key == "N" else pane.listing.cursor > row


@presses("diff.go")
async def _(at: Stage, key: str) -> None:
    await at.press("D")
    pane = at.one(DiffPane)
    while pane.selected is None:
        await at.press("down")
    path = pane.selected
    await at.press(key)
    assert (at.tab, at.screen.selection.path) == ("closure", path)


@presses("diff.left", "diff.right")
async def _(at: Stage, key: str) -> None:
    await at.press("D")
    pane = at.one(DiffPane)
    was = SECTIONS.index(pane.section)
    await at.press(key)
    step = -1 if key in {"left", "h"} else 1
    assert SECTIONS.index(pane.section) == (was + step) % len(SECTIONS)


@presses("diff.stop")
async def _(at: Stage, key: str) -> None:
    await at.press("D")
    pane = at.one(DiffPane)
    gone_on = Event()
    at.screen.jobs.ask("files", lambda _: gone_on.wait(PATIENCE), lambda _: None)
    assert pane.reading
    await at.press(key)
    assert not pane.reading
    gone_on.set()


@presses("push.go")
async def _(at: Stage, key: str) -> None:
    at.screen.browsing.tab("push")
    await at.press("down", key)
    pane = at.one(PushPane)
    assert at.screen.selection.layer == pane.rows[1].layer


async def shared(at: Stage) -> SharePane:
    at.screen.browsing.tab("share")
    pane = at.one(SharePane)
    await at.until(lambda: pane.shared)
    return pane


@presses("share.go")
async def _(at: Stage, key: str) -> None:
    pane = await shared(at)
    rows = [type(entry).__name__ for entry in pane.entries]
    place = next((i for i, name in enumerate(rows) if name in {"SharedLayer", "Apart"}), None)
    await at.press(key)
    assert pane.listing.cursor == (place or 0)


@presses("share.next", "share.previous")
async def _(at: Stage, key: str) -> None:
    pane = await shared(at)
    assert len(pane.shared) == 2
    await at.press(key)
    assert pane.listing.cursor == 1


@presses("share.add")
async def _(at: Stage, key: str) -> None:
    from nixdive.ui.dialogs.other_image import OtherImageDialog

    await shared(at)
    await at.press(key)
    assert shows(at.top, OtherImageDialog)


@presses("share.joint")
async def _(at: Stage, key: str) -> None:
    pane = await shared(at)
    await at.until(lambda: pane.joint is not None)
    await at.press(key)
    assert at.screen.workspace.shown.at == 1
