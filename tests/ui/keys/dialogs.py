"""Keys of the dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

from textual.widgets import Input

from nixdive.progress import NullProgress
from nixdive.ui.dialogs.commands import Found
from nixdive.ui.dialogs.dialog import DialogScreen
from nixdive.ui.dialogs.edits import EditsDialog, Steps
from nixdive.ui.dialogs.fields import Choice, Fold, ShellCommands
from nixdive.ui.dialogs.questions import LeaveDialog
from nixdive.ui.dialogs.settings import SettingsDialog
from nixdive.ui.dialogs.strategy import Choices
from nixdive.ui.dialogs.written import WrittenDialog
from tests.ui.conftest import shows, text
from tests.ui.keys.table import presses

if TYPE_CHECKING:
    from tests.ui.keys.table import Stage

WAYS_IN = ("e", "question_mark", "b", "p", "percent_sign", "ctrl+s", "ctrl+p")
WITHOUT_FIELD = WAYS_IN[:2]  # in a field ctrl+c copies what is selected


@presses("dialog.close")
async def _(at: Stage, key: str) -> None:
    for way_in in WITHOUT_FIELD if key == "ctrl+c" else WAYS_IN:
        await at.press(way_in)
        assert at.top is not at.screen, way_in
        await at.press(key)
        assert at.top is at.screen, way_in
    assert at.screen.workspace.shown.at == 0


@presses("leave.leave")
async def _(at: Stage, key: str) -> None:
    answers: list[str | None] = []
    await at.ask(LeaveDialog(2), answers.append)
    await at.press(key)
    assert answers == ["leave"]


@presses("choice.left", "choice.right")
async def _(at: Stage, key: str) -> None:
    await at.press("ctrl+s")
    choice = at.top.query_one("#format", Choice)
    names, was = list(choice._words), choice.value
    choice.focus()
    await at.press(key)
    step = -1 if key in {"left", "h"} else 1
    assert choice.value == names[(names.index(was) + step) % len(names)]


@presses("edits.up", "edits.down")
async def _(at: Stage, key: str) -> None:
    await at.press("right_square_bracket", "right_square_bracket", "right_square_bracket", "E")
    steps = at.one(Steps)
    steps.cursor = 1
    await at.press(key)
    assert steps.cursor == (0 if key in {"up", "k"} else 2)


@presses("edits.drop")
async def _(at: Stage, key: str) -> None:
    await at.press("right_square_bracket", "right_curly_bracket", "E", "up", key)
    await at.until(lambda: at.top is at.screen and at.screen.workspace.shown.at == 3)
    assert [step.words for step in at.screen.workspace.shown.steps] == ["budget 20 → 31"]


@presses("edits.copy")
async def _(at: Stage, key: str) -> None:
    await at.press("right_square_bracket", "E")
    dialog = at.one(EditsDialog)
    await at.until(lambda: dialog._ledger is not None)
    await at.press(key)
    assert at.pilot.app.clipboard == at.screen.workspace.ledger(NullProgress()).markdown


@presses("choices.up", "choices.down")
async def _(at: Stage, key: str) -> None:
    await at.press("e")
    choices = at.one(Choices)
    choices.cursor = 1
    await at.press(key)
    assert choices.cursor == (0 if key in {"up", "k"} else 2)


@presses("choices.choose")
async def _(at: Stage, key: str) -> None:
    await at.press("e", "down", key)
    assert at.top is at.screen
    assert at.request.strategy != "churn"


@presses("commands.up", "commands.down", "commands.page-up", "commands.page-down")
async def _(at: Stage, key: str) -> None:
    await at.press("ctrl+p")
    found = at.one(Found)
    found.cursor = 15
    await at.press(key)
    assert found.cursor == 15 + {"down": 1, "pageup": -10, "pagedown": 10}.get(key, -1)
    assert at.one(Input).has_focus


async def written(at: Stage) -> WrittenDialog:
    """Write the demo, and wait for the dialog that shows it; it is written once."""
    if at.written is not None:
        dialog = WrittenDialog(at.written._outcome, at.written._order, at.written._priced)
        await at.ask(dialog)
        return dialog
    await at.press("ctrl+s")
    at.top.query_one("#compression", Choice).value = "none"
    await at.press("ctrl+s")
    await at.until(lambda: shows(at.top, WrittenDialog) and at.top.is_mounted)
    assert shows(at.top, WrittenDialog)
    assert isinstance(at.top, DialogScreen)
    at.written = at.top.dialog
    return at.written


@presses("write.write")
async def _(at: Stage, key: str) -> None:
    from pathlib import Path

    await at.press("ctrl+s", key)
    await at.until(lambda: shows(at.top, WrittenDialog))
    assert Path("shop-1.5.0.tar").is_file()


@presses("write.folder")
async def _(at: Stage, key: str) -> None:
    from pathlib import Path

    await at.press("ctrl+s")
    at.top.query_one("#target", Input).value = f"new-{key}/x.tar"
    await at.press(key)
    assert Path(f"new-{key}").is_dir()


@presses("fold.open")
async def _(at: Stage, key: str) -> None:
    await at.press("ctrl+s")
    at.one(Fold).focus()
    await at.press(key)
    assert shows(at.top, SettingsDialog)


@presses("settings.keep")
async def _(at: Stage, key: str) -> None:
    await at.press("ctrl+s")
    at.one(Fold).focus()
    await at.press("enter", key)
    assert not shows(at.top, SettingsDialog)
    assert at.top is not at.screen


@presses("choice.up", "choice.down")
async def _(at: Stage, key: str) -> None:
    await at.press("ctrl+s")
    for choice in at.top.query(Choice):
        choice.focus()
        await at.press("home", key)
        assert choice.value in choice._words


@presses("shell.up", "shell.down")
async def _(at: Stage, key: str) -> None:
    await written(at)
    shell = at.one(ShellCommands)
    shell.cursor = 1
    await at.press(key)
    assert shell.cursor == (0 if key in {"up", "k"} else 2)


@presses("shell.copy")
async def _(at: Stage, key: str) -> None:
    await written(at)
    shell = at.one(ShellCommands)
    shell.cursor = 1
    await at.press(key)
    assert at.pilot.app.clipboard == shell.commands[1]


@presses("written.copy-1", "written.copy-2", "written.copy-3")
async def _(at: Stage, key: str) -> None:
    await written(at)
    await at.press(key)
    assert at.pilot.app.clipboard == at.one(ShellCommands).commands[int(key) - 1]


@presses("written.digest")
async def _(at: Stage, key: str) -> None:
    await written(at)
    await at.press(key)
    assert at.pilot.app.clipboard.startswith("sha256:")


@presses("filter.close")
async def _(at: Stage, key: str) -> None:
    await at.press("slash", "x", key)
    assert not at.screen.closure_pane.picking
    assert at.screen.closure_pane.listing.has_focus


@presses("start.demo", "start.quit")
async def _(at: Stage, key: str) -> None:
    from nixdive.ui.main.opening import StartScreen

    answers: list[bool | None] = []
    await at.pilot.app.push_screen(StartScreen(), answers.append)
    await at.press(key)
    assert answers == [key in {"enter", "d"}]


@presses("loading.cancel")
async def _(at: Stage, key: str) -> None:
    from nixdive.ui.main.opening import LoadingScreen
    from nixdive.workspace.open import OpenRequest

    answers: list[object] = []
    with patch("nixdive.ui.main.opening.open_workspace", _endless):
        await at.pilot.app.push_screen(LoadingScreen(OpenRequest(("x",))), answers.append)
        await at.press(key)
        assert answers == [None]


def _endless(_named: object, progress: object, _seen: object) -> None:
    import time

    from nixdive.errors import Cancelled

    for _ in range(500):  # not for ever: the app waits for its threads
        if progress.cancelled():  # type: ignore[attr-defined]
            break
        time.sleep(0.01)
    raise Cancelled


@presses("written.verify")
async def _(at: Stage, key: str) -> None:
    dialog = await written(at)
    await at.press(key)
    await at.until(lambda: "every digest" in str(dialog.query_one("#verdict").render()))


@presses("help.search")
async def _(at: Stage, key: str) -> None:
    await at.press("question_mark", key, *"freeze")
    shown = text(at.top, "#page")
    assert "Freeze the layer" in shown
    assert "Quit" not in shown
    await at.press("enter", "escape")
    assert at.top is at.screen
