"""Pictures of the screen, as text that can be read in a review.

Each file below `snapshots` has the cells of a scene, then a letter for the look of each cell, then what the
letters mean. An SVG of the same scene is 70 kB that nobody reads, and changes with every version of Textual.

NIXDIVE_UPDATE_SNAPSHOTS=1 pytest tests/ui/test_snapshots.py     takes all of them anew.
"""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from textual.widgets import Input

from nixdive.errors import NixdiveError
from nixdive.ui.app import NixdiveApp
from nixdive.ui.dialogs.working import WorkingDialog
from nixdive.ui.dialogs.written import WrittenDialog
from nixdive.ui.panes.push.pane import PushPane
from nixdive.workspace.open import OpenRequest
from nixdive.workspace.options import PlanOptions
from tests.ui.cells import cells
from tests.ui.conftest import busy, opened, settled, shows, until

if TYPE_CHECKING:
    from textual.pilot import Pilot


FOLDER = Path(__file__).parent / "snapshots"
UPDATE = os.environ.get("NIXDIVE_UPDATE_SNAPSHOTS") == "1"


class Scene(NamedTuple):
    """What is taken: the size of the terminal, the keys pressed, and the theme."""

    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (120, 36)
    theme: str = ""
    demo: bool = True


EDITED = ("right_square_bracket", "slash", *"lua-env", "enter", "P", "enter", "escape")
SCENES = {
    "main": Scene(EDITED),
    "main-80x24": Scene(EDITED, (80, 24)),
    "filtered": Scene(("slash", *"lua-c", "enter")),
    "why": Scene(("slash", *"musl", "enter", "w")),
    "contents": Scene(("c",)),
    "diff": Scene(("D",)),
    "push": Scene(("D", "v")),
    "write": Scene(("ctrl+s",)),
    "written": Scene(("ctrl+s", "ctrl+s")),
    "help": Scene(("question_mark",)),
    "light": Scene(EDITED, theme="nixdive-light"),
    "no-color": Scene(EDITED),
    "too-small": Scene((), (50, 12)),
    "start": Scene((), (80, 24), demo=False),
    "refused": Scene(("left_curly_bracket",) * 2, (80, 24)),
}


ASKED = PlanOptions(max_layers=20)
BLOCK, BLOCKS = 4096, 60 * 1024**3 // 4096
# of every disk
ROOM = os.statvfs_result((BLOCK, BLOCK, 2 * BLOCKS, BLOCKS, BLOCKS, 10**6, 10**6, 10**6, 0, 255))


class Clock:
    """Of every machine, however busy: it goes on by a millisecond whenever it is looked at."""

    def __init__(self) -> None:
        self._looks = itertools.count()

    def perf_counter(self) -> float:
        return next(self._looks) / 1000


async def play(pilot: Pilot[None], scene: Scene) -> None:
    """Press the keys, and wait until nothing is under way."""
    screen = await opened(pilot)
    for key in scene.keys:
        await pilot.press(key)
        await settled(pilot, screen)
    push = screen.query_one(PushPane)
    await until(pilot, lambda: not (push.display and push.curve is None) and not busy(pilot.app))
    await until(pilot, lambda: not shows(pilot.app.screen, WorkingDialog))
    for field in pilot.app.screen.query("*").results(Input):
        field.cursor_blink = False


def steady(text: str) -> str:
    """Return the text without what differs from run to run: digests."""
    return re.sub(r"\b[0-9a-f]{64}\b", "f" * 64, text)


def test_there_are_few() -> None:
    assert len(SCENES) <= 15
    assert UPDATE or {file.stem for file in FOLDER.iterdir()} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
async def test_it_looks_as_before(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # a busy machine takes "1 second" or minutes, which have other widths than "0.9 seconds"
    monkeypatch.setattr("nixdive.ui.dialogs.written.exactly", lambda _: "0.1 seconds")
    monkeypatch.setattr("shutil.which", lambda _: None)  # no machine's own programs are on it
    monkeypatch.setattr("os.statvfs", lambda _: ROOM)
    monkeypatch.setattr("nixdive.image.forecast.processors", lambda: 2)
    monkeypatch.setattr("nixdive.image.sample.time", Clock())
    if name == "no-color":
        monkeypatch.setenv("NO_COLOR", "1")
    scene = SCENES[name]
    app = NixdiveApp(OpenRequest((), ASKED, demo=scene.demo), theme=scene.theme)
    async with app.run_test(size=scene.size) as pilot:
        if scene.demo:
            await play(pilot, scene)
        await pilot.pause()
        assert name != "written" or shows(app.screen, WrittenDialog)
        assert not isinstance(app.error, NixdiveError)
        seen = steady(cells(app))
    file = FOLDER / f"{name}.txt"
    if UPDATE:
        FOLDER.mkdir(exist_ok=True)
        file.write_text(seen, "utf-8")
    assert seen == file.read_text("utf-8"), f"{file} is another one now; look at both, then update it"
