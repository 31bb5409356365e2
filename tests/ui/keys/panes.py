"""Keys of the panes: Layers, Closure, Why, Diff, Push, Share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.ui.panes.closure.pane import ClosureTree
from nixdive.ui.panes.diff.pane import SECTIONS, DiffPane
from nixdive.ui.panes.layers.pane import LayersTable
from nixdive.ui.panes.push.pane import PushPane
from nixdive.ui.panes.share.pane import SharePane
from nixdive.ui.panes.why.pane import WhyPane
from tests.ui.keys.table import presses

if TYPE_CHECKING:
    from tests.ui.keys.table import Stage


@presses("layers.paths")
async def _(at: Stage, key: str) -> None:
    await at.press("1", "down", key)
    paths = at.screen.workspace.subject.closure.paths
    shown = {paths[row.path] for row in at.one(ClosureTree).rows}
    assert shown == set(at.screen.workspace.priced.plan.layers[1].paths)


@presses("layers.mark")
async def _(at: Stage, key: str) -> None:
    await at.press("1", key)
    assert set(at.screen.marked_layers) == {0}
    at.one(LayersTable).cursor = 0
    await at.press(key)
    assert not at.screen.marked_layers


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
    path = at.screen.workspace.subject.closure.paths[at.screen.selected_path or 0]
    assert at.screen.selected_layer == at.screen.workspace.priced.layer_of[path]


@presses("tree.open", "tree.toggle")
async def _(at: Stage, key: str) -> None:
    await at.press("C", "j")
    rows = at.one(ClosureTree).count
    await at.press(key)
    assert at.one(ClosureTree).count > rows


@presses("tree.close")
async def _(at: Stage, key: str) -> None:
    await at.press("C")
    rows = at.one(ClosureTree).count
    await at.press("j", "right", key)
    assert at.one(ClosureTree).count == rows
    await at.press(key)
    assert at.one(ClosureTree).cursor == 0


@presses("tree.fold-all")
async def _(at: Stage, key: str) -> None:
    await at.press("asterisk")
    rows = at.one(ClosureTree).count
    await at.press(key)
    assert at.one(ClosureTree).count < rows


@presses("tree.deeper")
async def _(at: Stage, key: str) -> None:
    await at.press("C")
    rows = at.one(ClosureTree).count
    await at.press(key)
    assert at.one(ClosureTree).count > rows


@presses("tree.unfold-all")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    seen = {row.path for row in at.one(ClosureTree).rows}
    assert len(seen) == len(at.screen.workspace.subject.closure)


@presses("tree.sight")
async def _(at: Stage, key: str) -> None:
    await at.press("asterisk")
    tree = at.one(ClosureTree)
    tree.cursor = next(i for i, row in enumerate(tree.rows) if not row.first)
    path, row = tree.selected, tree.cursor
    await at.press(key)
    assert tree.selected == path
    assert tree.cursor != row


@presses("tree.flat")
async def _(at: Stage, key: str) -> None:
    await at.press("slash", *"lua-cjson", "enter")
    rows = at.one(ClosureTree).count
    await at.press(key)
    assert at.one(ClosureTree).count == 1 < rows


@presses("tree.hashes")
async def _(at: Stage, key: str) -> None:
    await at.press(key)
    path = at.screen.workspace.subject.closure.paths[at.one(ClosureTree).selected or 0]
    assert path.hash_part[:7] in at.text(ClosureTree)


@presses("why.go")
async def _(at: Stage, key: str) -> None:
    at.one(ClosureTree).reveal(at.path("musl"))
    await at.press("w", key)
    assert at.tab == "closure"


@presses("why.next", "why.previous")
async def _(at: Stage, key: str) -> None:
    at.one(ClosureTree).reveal(at.path("musl"))
    await at.press("w", *(("G",) if key == "N" else ("g",)))
    pane = at.one(WhyPane)
    row = pane.cursor
    await at.press(key)
    assert pane.cursor < row if key == "N" else pane.cursor > row


@presses("diff.go")
async def _(at: Stage, key: str) -> None:
    await at.press("D")
    pane = at.one(DiffPane)
    while pane.selected is None:
        await at.press("down")
    path = pane.selected
    await at.press(key)
    assert (at.tab, at.screen.selected_path) == ("closure", path)


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
    pane._reading = True  # as while files are being read, which is over too soon for a key
    pane._read = True
    await at.press(key)
    assert not pane._read


@presses("push.go")
async def _(at: Stage, key: str) -> None:
    at.screen.action_tab("push")
    await at.press("down", key)
    pane = at.one(PushPane)
    assert at.screen.selected_layer == pane._rows[1].layer


async def shared(at: Stage) -> SharePane:
    at.screen.action_tab("share")
    pane = at.one(SharePane)
    await at.until(lambda: pane.shared)
    return pane


@presses("share.go")
async def _(at: Stage, key: str) -> None:
    pane = await shared(at)
    rows = [type(entry).__name__ for entry in pane._entries]
    place = next((i for i, name in enumerate(rows) if name in {"SharedLayer", "Apart"}), None)
    await at.press(key)
    assert pane.cursor == (place or 0)


@presses("share.next", "share.previous")
async def _(at: Stage, key: str) -> None:
    pane = await shared(at)
    assert len(pane.shared) == 2
    await at.press(key)
    assert pane.cursor == 1
