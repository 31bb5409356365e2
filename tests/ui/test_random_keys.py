"""Thousands of random keys, clicks and sizes: nothing ends the program, and nothing freezes it.

NIXDIVE_FUZZ_KEYS=20000 runs so many for each seed. A failure tells the seed and the last keys.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual import events
from textual.geometry import Size
from textual.widgets import Input

from nixdive.ui.app import NixdiveApp
from nixdive.ui.main.screen import MainScreen
from nixdive.workspace.open import OpenRequest
from nixdive.workspace.options import PlanOptions
from tests.patience import PATIENCE
from tests.ui import bindings
from tests.ui.conftest import opened, until
from tests.ui.keys.table import CLOSURES, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.pilot import Pilot

KEYS = int(os.environ.get("NIXDIVE_FUZZ_KEYS", "0")) or 150
AT_ONCE = 6  # keys, before the screen is looked at
LETTERS = "abclmpxz0159 .:*[("
NOT_PRESSED = {"suspend"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

guarded: list[Path] = []


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to write elsewhere, as a file system does that may only be read."""
    if not guarded:
        return
    if event == "open" and isinstance(arguments[0], str | bytes):
        writes = bool((arguments[2] or 0) & WRITING)
    else:
        writes = event in {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link"}
    if writes and isinstance(arguments[0], str | bytes):
        place = Path(os.path.abspath(os.fsdecode(arguments[0])))  # noqa: PTH100  symlinks stay as they are
        if not place.is_relative_to(guarded[0]) and not place.is_relative_to("/dev"):
            raise PermissionError(13, "Permission denied", str(place))


sys.addaudithook(_guard)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    guarded.append(tmp_path)
    yield
    guarded.clear()


class Unending(NixdiveApp):
    """The app, but what would end it leaves it as it is."""

    def exit(self, *_: Any, **__: Any) -> None:
        """Stay."""

    def back(self) -> None:
        """Take away what lies above the main screen, as far as it is complete."""
        while not isinstance(self.screen, MainScreen) and self.screen.is_mounted:
            self.pop_screen()


def all_keys() -> list[str]:
    """Return the keys of all bindings, some more than once: what moves is pressed more often."""
    found = [
        key
        for one, groups in sorted(bindings.ids().items())
        if one not in NOT_PRESSED
        for group in groups
        for key in group.split(",")
    ]
    return [*found, *["up", "down", "tab", "enter", "escape"] * 4, "left", "right"]


@contextmanager
def watched(last: deque[str]) -> Iterator[None]:
    """Fail where a step takes too long, even if nothing but Python runs."""

    def froze(*_: object) -> None:
        raise AssertionError(f"the screen froze after {' '.join(last)}")

    before = signal.signal(signal.SIGALRM, froze)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def mouse(app: NixdiveApp, rng: random.Random) -> str:
    """Click, or turn the wheel, somewhere."""
    x, y = rng.randrange(app.size.width), rng.randrange(app.size.height)
    kinds = rng.choice(
        [(events.MouseDown, events.MouseUp), (events.MouseScrollDown,), (events.MouseScrollUp,)]
    )
    assert app._driver is not None
    for kind in kinds:
        event = kind(None, x, y, 0, 0, int(len(kinds) == 2), False, False, False, x, y)
        event.set_sender(app)
        app._driver.send_message(event)
    return f"{kinds[0].__name__}@{x},{y}"


def resize(app: NixdiveApp, rng: random.Random) -> str:
    """Give the terminal another size."""
    size = Size(rng.randint(40, 200), rng.randint(10, 60))
    app._driver._size = size  # type: ignore[union-attr]
    app.post_message(events.Resize(size, size))
    return f"{size.width}x{size.height}"


def step(app: NixdiveApp, rng: random.Random, keys: list[str]) -> str:
    """Do one thing, and return what it was."""
    chance = rng.random()
    if chance < 0.03:
        return resize(app, rng)
    if chance < 0.12:
        return mouse(app, rng)
    typing = isinstance(app.focused, Input)
    # no slash and no tilde in a field: what is written stays in this folder
    key = rng.choice(LETTERS) if typing and rng.random() < 0.6 else rng.choice(keys)
    if key != "less_than_sign" or not typing:
        send(app, key)
    return key


async def run(pilot: Pilot[None], app: Unending, seed: int) -> None:
    """Press all keys of a seed."""
    main = app.screen
    assert isinstance(main, MainScreen)
    rng, keys = random.Random(seed), all_keys()
    last: deque[str] = deque(maxlen=30)
    with watched(last):
        for number in range(KEYS):
            signal.setitimer(signal.ITIMER_REAL, PATIENCE)
            last.append(step(app, rng, keys))
            if number % AT_ONCE == 0:
                await pilot.pause(0)
            # Textual keeps what went wrong, and ends; the keys that led there are told here
            if app._exception is not None:
                app._exception.add_note(f"seed {seed}, after {number} steps: {' '.join(last)}")
                raise app._exception
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)

        def back() -> bool:
            app.back()
            return not main.workspace.waiting and app.screen.is_mounted

        await until(pilot, back)


INPUTS = {
    "demo": OpenRequest((), PlanOptions(max_layers=20), demo=True),
    "closure": OpenRequest(
        (str(CLOSURES / "debstore-redis-v2.path-info.json.gz"),),
        PlanOptions(max_layers=12),
        against=(str(CLOSURES / "debstore-redis-v1.path-info.json.gz"),),
    ),
}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("seed", [1, 2])
async def test_random_keys_neither_end_nor_freeze_it(name: str, seed: int) -> None:
    print(f"seed {seed}")
    app = Unending(INPUTS[name])
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await run(pilot, app, seed)
        await pilot.resize_terminal(120, 36)
        await until(pilot, lambda: app.screen.region.size == (120, 36))
