"""The program in a real terminal, from open to written file."""

from __future__ import annotations

import base64
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import pytest

from nixdive.image.stored.verify import verify
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("_pseudo_terminals")
CONTROLS = re.compile(rb"\x1b(\[[0-9;?<>=]*[a-zA-Z]|[\]P][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|.)")


class Terminal:
    """A terminal in which the program runs."""

    def __init__(self, columns: int, rows: int, folder: Path, *words: str, **environment: str) -> None:
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ.update(TERM="xterm-256color", COLUMNS=str(columns), LINES=str(rows))
            os.environ.update(environment)
            os.execv(sys.executable, [sys.executable, "-m", "nixdive", *words])
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.seen = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.file)

    def wait_for(self, text: str) -> None:
        """Read until the text was painted since the last key."""
        end = time.monotonic() + PATIENCE
        while text.encode() not in CONTROLS.sub(b"", self.seen):
            ready, _, _ = select.select([self.file], [], [], 0.1)
            if ready:
                try:
                    self.seen += os.read(self.file, 1 << 16)
                except OSError:
                    break
            assert time.monotonic() < end, (
                f"{text!r} was not painted: {CONTROLS.sub(b'', self.seen)[-2000:]!r}"
            )

    def press(self, keys: bytes) -> None:
        """Forget what was painted, and press keys."""
        self.seen = b""
        os.write(self.file, keys)

    def status(self, again: bytes = b"") -> int:
        """Return the exit status; keys are pressed again and again, a second apart, until there is one."""
        end, press = time.monotonic() + PATIENCE, time.monotonic() + 1
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            if again and time.monotonic() > press:
                press = time.monotonic() + 1
                with suppress(OSError):  # it has just ended
                    self.press(again)
            ready, _, _ = select.select([self.file], [], [], 0.05)
            if ready:
                try:
                    os.read(self.file, 1 << 16)
                except OSError:
                    continue
        raise AssertionError("the program did not end")


@pytest.mark.parametrize(("columns", "rows"), [(120, 36), (80, 24)])
def test_from_open_to_written_file(tmp_path: Path, columns: int, rows: int) -> None:
    with Terminal(columns, rows, tmp_path, "demo", "--max-layers", "12") as terminal:
        terminal.wait_for("shop:1.5.0")
        terminal.wait_for("Help")
        terminal.press(b"]")
        terminal.wait_for("budget 12 →")
        terminal.press(b"\x13")
        terminal.wait_for("● Write")
        terminal.press(b"\r")
        terminal.wait_for("docker load -i shop-1.5.0.tar")
        terminal.press(b"\x1b")
        # an escape that q follows at once would be alt+q; until the dialog has gone, q is for it
        assert terminal.status(again=b"q") == 0
    assert verify(tmp_path / "shop-1.5.0.tar") == ()
    assert [file.name for file in tmp_path.iterdir()] == ["shop-1.5.0.tar"]


def test_what_cannot_be_opened_is_one_line_and_status_1(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    with Terminal(80, 24, tmp_path, "broken.json") as terminal:
        terminal.wait_for("nixdive: broken.json")
        assert terminal.status() == 1


def test_nothing_named_offers_the_demo(tmp_path: Path) -> None:
    with Terminal(80, 24, tmp_path) as terminal:
        terminal.wait_for("Name what you want to see")
        terminal.press(b"\r")
        terminal.wait_for("shop:1.5.0")
        terminal.wait_for("Help")
        terminal.press(b"q")
        assert terminal.status() == 0


def test_copy_reaches_the_clipboard_of_the_terminal(tmp_path: Path) -> None:
    with Terminal(120, 36, tmp_path, "demo") as terminal:
        terminal.wait_for("Help")
        terminal.press(b"y")
        terminal.wait_for("Copied")
        found = re.search(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)", terminal.seen)
        assert found is not None
        assert base64.b64decode(found[1]).startswith(b"/nix/store/")


def test_it_can_be_suspended_and_goes_on(tmp_path: Path) -> None:
    with Terminal(120, 36, tmp_path, "demo") as terminal:
        terminal.wait_for("Help")
        terminal.press(b"\x1a")
        end = time.monotonic() + PATIENCE
        while os.waitpid(terminal.pid, os.WNOHANG | os.WUNTRACED)[0] == 0:
            assert time.monotonic() < end, "it was not suspended"
            if select.select([terminal.file], [], [], 0.05)[0]:
                os.read(terminal.file, 1 << 16)  # it says farewell to the terminal first
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.wait_for("Layers")
        terminal.press(b"]")
        terminal.wait_for("budget 12")


def test_the_users_own_files_count_and_what_was_looked_at_is_shown_again(tmp_path: Path) -> None:
    config = tmp_path / "config" / "nixdive" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[keys]\n"budget.more" = "f5,),"\nquit = "Q"\nquiz = "x"\n')
    places = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_STATE_HOME": str(tmp_path / "state")}
    with Terminal(120, 36, tmp_path, "demo", LC_ALL="C", **places) as terminal:
        terminal.wait_for("| Layers +---")  # no UTF-8, no other glyphs
        terminal.wait_for("'quiz'; did you mean quit?")
        terminal.press(b")")
        terminal.wait_for("budget 12")
        terminal.press(b"z")
        terminal.wait_for("undone")
        terminal.press(b"D")
        terminal.wait_for("* Diff")
        assert CONTROLS.sub(b"", terminal.seen).isascii()
        terminal.press(b"Q")
        assert terminal.status() == 0
    with Terminal(120, 36, tmp_path, "demo", LC_ALL="C.UTF-8", **places) as terminal:
        terminal.wait_for("● Diff")
        terminal.press(b"Q")
        assert terminal.status() == 0
