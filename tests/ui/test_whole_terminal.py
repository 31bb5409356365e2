"""The program in a terminal whose cells are looked at: keys, mouse, sizes, colours, what it leaves."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import termios
import time
from typing import TYPE_CHECKING

import pyte
import pytest

from nixdive.image.stored.verify import verify
from tests.patience import PATIENCE
from tests.ui.test_terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("_pseudo_terminals")
SIZES = [(120, 36), (80, 24)]
UP, DOWN, ESCAPE, WRITE = b"\x1b[A", b"\x1b[B", b"\x1b", b"\x13"


class Cells(Terminal):
    """A terminal that knows what stands in each cell."""

    def __init__(self, columns: int, rows: int, folder: Path, *words: str, **environment: str) -> None:
        own = dict.fromkeys(
            ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), str(folder / "own")
        )
        asked = {"COLUMNS": "", "LINES": ""}  # the terminal tells its size, which changes
        super().__init__(columns, rows, folder, *words, **own, **asked, **environment)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.all = b""

    @property
    def lines(self) -> list[str]:
        """What is shown."""
        return list(self.screen.display)

    @property
    def text(self) -> str:
        """What is shown, as one text."""
        return "\n".join(self.lines)

    def read(self, seconds: float = 0.1) -> bool:
        """Take what is painted; whether the program still paints."""
        if not select.select([self.file], [], [], seconds)[0]:
            return True
        try:
            got = os.read(self.file, 1 << 16)
        except OSError:
            return False
        self.all += got
        self.stream.feed(got)
        return bool(got)

    def until(self, holds: Callable[[], object]) -> None:
        """Read until something holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert self.read(), f"it ended:\n{self.text}"
            assert time.monotonic() < end, self.text

    def shows(self, text: str) -> None:
        """Read until a text is shown."""
        self.until(lambda: text in self.text)

    def lacks(self, text: str) -> None:
        """Read until a text is no longer shown."""
        self.until(lambda: text not in self.text)

    def send(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.file, keys)

    def click(self, x: int, y: int) -> None:
        """Click a cell, as terminals tell of it."""
        self.send(f"\x1b[<0;{x + 1};{y + 1}M\x1b[<0;{x + 1};{y + 1}m".encode())

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def ends(self) -> int:
        """Read to the end, and return the exit status."""
        while self.read(5):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def started(columns: int, rows: int, folder: Path, **environment: str) -> Cells:
    terminal = Cells(columns, rows, folder, "demo", "--max-layers", "12", **environment)
    terminal.until(lambda: "Help" in terminal.lines[-1])
    return terminal


def modes(seen: bytes) -> dict[int, bool]:
    """Return which private modes of the terminal are set at the end."""
    found: dict[int, bool] = {}
    for numbers, on in re.findall(rb"\x1b\[\?([\d;]+)([hl])", seen):
        found |= {int(number): on == b"h" for number in numbers.split(b";")}
    return found


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_keys_and_mouse_do_what_is_seen_and_all_is_put_back(tmp_path: Path, columns: int, rows: int) -> None:
    with started(columns, rows, tmp_path) as terminal:
        terminal.until(lambda: "shop:1.5.0" in terminal.lines[0] and "Help" in terminal.lines[-1])
        assert modes(terminal.all)[1049], "it paints on the alternate screen"
        assert modes(terminal.all)[1006], "it takes the mouse"
        terminal.send(b"]")
        terminal.shows("budget 12 → 13")
        terminal.send(b"z")
        terminal.shows("undone: budget 12")
        head = next(y for y, line in enumerate(terminal.lines) if "Layers" in line)
        terminal.click(4, head + 4)
        terminal.until(lambda: "● Layers" in terminal.lines[head])
        terminal.send(DOWN + DOWN + UP + b"\r")
        terminal.shows("layer:4")
        terminal.send(ESCAPE)
        terminal.lacks("layer:4")
        terminal.send(WRITE)
        terminal.shows("● Write")
        terminal.send(b"\r")
        terminal.shows("docker load -i shop-1.5.0.tar")
        terminal.send(ESCAPE)
        terminal.lacks("docker load")
        terminal.send(b"q")
        assert terminal.ends() == 0
        left = modes(terminal.all)
        assert not any(left.get(mode) for mode in (1000, 1002, 1003, 1006, 1015, 1049, 2004))
        assert left[25], "the cursor is shown again"
    assert verify(tmp_path / "shop-1.5.0.tar") == ()


def test_no_color_paints_no_colours(tmp_path: Path) -> None:
    with started(120, 36, tmp_path, NO_COLOR="1") as terminal:
        seen = {cell.fg for row in terminal.screen.buffer.values() for cell in row.values()}
        grey = re.compile(r"default|([0-9a-f]{2})\1\1")
        assert all(grey.fullmatch(colour) for colour in seen), seen
        terminal.send(b"q")
        assert terminal.ends() == 0


def test_it_follows_the_size_of_the_terminal(tmp_path: Path) -> None:
    with started(120, 36, tmp_path) as terminal:
        terminal.resize(60, 16)
        terminal.until(lambda: "Help" in terminal.lines[-1] and "shop:1.5.0" in terminal.lines[0])
        terminal.resize(59, 16)
        terminal.shows("nixdive needs 60 columns and 16 rows")
        terminal.resize(20, 3)
        terminal.shows("nixdive needs")
        terminal.resize(120, 36)
        terminal.until(lambda: "Layer Details" in terminal.text and "Help" in terminal.lines[-1])
        terminal.send(b"]")
        terminal.shows("budget 12 → 13")
        terminal.send(b"q")
        terminal.shows("1 edit not written")
        terminal.send(b"\x03")
        assert terminal.ends() == 0


def test_what_is_pasted_stays_text_in_the_field(tmp_path: Path) -> None:
    with started(120, 36, tmp_path) as terminal:
        terminal.send(b"/")
        terminal.shows("a name or regular expression")
        terminal.send(b"\x1b[200~open\x1b[31m\tssl\x1bq]\x1b[201~")
        terminal.shows("open[31m sslq]")
        terminal.send(ESCAPE)
        terminal.lacks("open[31m")
        terminal.send(b"]")
        terminal.shows("budget 12 → 13")
