"""Keys of the files: those of the pane, and those that say what is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nixdive.contents.efficiency import Efficiency, Hidden
from nixdive.ui.dialogs.compare import CompareDialog
from nixdive.ui.dialogs.extraction import ExtractDialog
from nixdive.ui.dialogs.preview import PreviewDialog
from nixdive.ui.panes.closure.pane import ClosurePane
from nixdive.ui.panes.contents.pane import ContentsPane
from nixdive.workspace.files.comparison import Waste
from tests.ui.conftest import shows
from tests.ui.keys.table import presses

if TYPE_CHECKING:
    from tests.ui.keys.table import Stage


async def files(at: Stage) -> ContentsPane:
    """Show the files of a layer that has directories, and wait until they are read."""
    at.one(ClosurePane).reveal(at.path("tzdata"))
    await at.press("enter", "c", "2")
    pane = at.one(ContentsPane)
    await at.until(lambda: pane.reader.reading is None and pane.count > 2)
    await at.rest()
    assert pane.listing.has_focus
    return pane


@presses("tab.contents")
async def _(at: Stage, key: str) -> None:
    await at.press("1", key)
    assert at.tab == "contents"
    pane = at.one(ContentsPane)
    await at.until(lambda: pane.count > 2)


@presses("compare.all", "compare.toggle")
async def _(at: Stage, key: str) -> None:
    pane = await files(at)
    await at.press("1", key)
    await at.until(lambda: pane.reader.comparison.whole)


@presses("compare.layer")
async def _(at: Stage, key: str) -> None:
    pane = await files(at)
    await at.press("1", "a")
    await at.until(lambda: pane.reader.comparison.whole)
    await at.press(key)
    await at.until(lambda: not pane.reader.comparison.whole)


@presses("compare.with")
async def _(at: Stage, key: str) -> None:
    await files(at)
    await at.press(key)
    assert shows(at.top, CompareDialog)


@presses("contents.preview")
async def _(at: Stage, key: str) -> None:
    pane = await files(at)
    assert next(i for i in range(pane.count) if not _folder(pane, i))
    await at.press(key)
    await at.until(lambda: shows(at.top, PreviewDialog))


def _folder(pane: ContentsPane, index: int) -> bool:
    """Put the cursor on a row, and tell whether it is not a file."""
    pane.listing.cursor = index
    row = pane.row_here
    return row is None or pane.rows[row].folder


async def at_folder(at: Stage, *, opened: bool) -> ContentsPane:
    """Put the cursor on a directory that is open, or on one that is not."""
    pane = await files(at)
    if not opened:
        await at.press("C")
    for index in range(pane.count):
        pane.listing.cursor = index
        row = pane.row_here
        if row is not None and pane.rows[row].folder and pane.rows[row].opened == opened:
            return pane
    raise AssertionError("there is no such directory")


@presses("contents.open")
async def _(at: Stage, key: str) -> None:
    pane = await at_folder(at, opened=False)
    rows = pane.count
    await at.press(key)
    assert pane.count > rows


@presses("contents.close")
async def _(at: Stage, key: str) -> None:
    pane = await at_folder(at, opened=True)
    rows = pane.count
    await at.press(key)
    assert pane.count < rows


@presses("contents.fold")
async def _(at: Stage, key: str) -> None:
    pane = await at_folder(at, opened=True)
    rows = pane.count
    await at.press(key)
    assert pane.count < rows
    await at.press(key)
    assert pane.count == rows


@presses("contents.fold-all")
async def _(at: Stage, key: str) -> None:
    pane = await files(at)
    rows = pane.count
    await at.press(key)
    assert pane.count != rows


@presses("contents.added", "contents.removed", "contents.modified", "contents.unmodified")
async def _(at: Stage, key: str) -> None:
    pane = await files(at)
    assert pane.branches is not None
    before = pane.branches.kinds
    await at.press(key)
    changed = {kind.value[0] for kind in before ^ pane.branches.kinds}
    assert changed == {key.removeprefix("ctrl+").lower()}


@presses("contents.sort")
async def _(at: Stage, key: str) -> None:
    pane = await files(at)
    assert pane.branches is not None
    order = pane.branches.order
    await at.press(key)
    assert pane.branches.order is not order


@presses("contents.attributes")
async def _(at: Stage, key: str) -> None:
    pane = await files(at)
    shown = at.text(ContentsPane)
    await at.press(key)
    assert at.text(ContentsPane) != shown
    await at.press(key)
    assert at.text(ContentsPane) == shown
    assert pane.listing.has_focus


@presses("contents.hashes")
async def _(at: Stage, key: str) -> None:
    pane = await files(at)
    shown, was = at.text(ContentsPane), pane.hashes
    await at.press(key)
    assert pane.hashes is not was
    assert at.text(ContentsPane) != shown


@presses("contents.wrap")
async def _(at: Stage, key: str) -> None:
    pane = await files(at)
    was = pane.wrapped
    await at.press(key)
    assert pane.wrapped is not was


@presses("contents.extract")
async def _(at: Stage, key: str) -> None:
    await files(at)
    await at.press(key)
    await at.until(lambda: shows(at.top, ExtractDialog))


@presses("pin.matches")
async def _(at: Stage, key: str) -> None:
    await at.press("slash", *"lua-c", "enter", key, "enter")
    paths = at.screen.workspace.subject.closure.paths
    matching = [path for path in paths if "lua-c" in path.name]
    assert matching
    pins = at.request.pins
    assert all(any(pin.matches(path) for pin in pins) for path in matching)


async def waste(at: Stage) -> bytes:
    """Show a file as if another layer shipped it in vain, give the keys to it, and return its name."""
    pane = await files(at)
    await at.press("end")
    name = pane.name_here
    assert name is not None
    layer = at.screen.selection.layer
    figures = Efficiency(0.9, 7, 0.07, 100, 50, ())
    await at.until(lambda: not at.screen.jobs.busy)
    at.screen.files.show_waste(Waste(figures, (Hidden(name, (layer,), 7),), 2, 0))
    await at.press("home", "shift+tab")
    assert at.screen.waste_pane.listing.has_focus
    return name


@presses("waste.go")
async def _(at: Stage, key: str) -> None:
    name = await waste(at)
    await at.press(key)
    pane = at.one(ContentsPane)
    assert pane.listing.has_focus
    assert pane.name_here == name


@presses("waste.extract")
async def _(at: Stage, key: str) -> None:
    await waste(at)
    await at.press(key)
    await at.until(lambda: shows(at.top, ExtractDialog))
