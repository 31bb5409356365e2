"""Standard streams that are closed, full, or left by whoever read them."""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
import struct
import subprocess
import termios
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.faults.attack import COMMANDS, LONGEST, PROGRAM, WRITE, Ended, Field, left, one_line, state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# how the shell that runs it is told, and whether what it prints can still be read
_GOOD = {"2>&-": True, "0<&-": True, "2>/dev/full": True, "2>&1 | true": False, "| true": False}
_BAD = ("1>&-", "0<&- 1>&- 2>&-", "1>/dev/full")


def _run(field: Field, name: str, how: str) -> Ended:
    words = shlex.join([*PROGRAM, *field.words(name)])
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{words} {how}"],
        check=False,
        capture_output=True,
        env=field.environment,
        timeout=LONGEST,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("how", _GOOD)
@pytest.mark.parametrize("name", ["write", "write-layout", "plan", "extract", "inspect", "compare"])
def test_work_is_done_whoever_listens(
    field: Field, whole: Mapping[str, Mapping[str, str]], name: str, how: str
) -> None:
    target = field.prepared(name)
    done = _run(field, name, how)
    assert done.status == 0, done.err
    assert bool(done.out) == (_GOOD[how] or how == "| cat")
    if name in WRITE:
        assert state(target) == whole[name]
    assert left(field.folder) == []
    one_line(done)


@pytest.mark.parametrize("how", _BAD)
@pytest.mark.parametrize("name", ["write", "plan", "inspect"])
def test_output_that_nobody_gets_is_a_failure(
    field: Field, whole: Mapping[str, Mapping[str, str]], name: str, how: str
) -> None:
    target = field.prepared(name)
    done = _run(field, name, how)
    assert done.status == 1
    if "2>&-" not in how:
        one_line(done)
        assert "standard output" in done.err
    if COMMANDS[name].target:
        assert state(target) == whole[name], "what was asked for is there; only the report is not"
    assert left(field.folder) == []


@pytest.mark.parametrize("name", ["write", "write-layout", "inspect"])
def test_a_terminal_that_is_closed_ends_it(field: Field, name: str) -> None:
    target = field.prepared(name)
    before = state(target)
    parent, child = os.openpty()
    with subprocess.Popen(
        [*PROGRAM, *field.words(name)],
        stdin=child,
        stdout=child,
        stderr=child,
        start_new_session=True,
        env=field.environment,
        preexec_fn=_take_terminal,  # noqa: PLW1509  there are no threads
    ) as run:
        os.close(child)
        os.read(parent, 1)
        os.close(parent)
        assert run.wait(LONGEST) in {130, 0}
    assert left(field.folder) == []
    assert not before or state(target)


@pytest.mark.parametrize("deaf", [False, True], ids=["hup", "nohup"])
@pytest.mark.parametrize("of", ["demo", "image"])
def test_a_terminal_that_is_closed_ends_the_screen(field: Field, of: str, deaf: bool) -> None:  # noqa: FBT001
    with _screen(field, *(("demo",) if of == "demo" else (field.image,)), deaf=deaf) as (parent, run):
        os.close(parent)
        assert run.wait(LONGEST) == 130


@pytest.mark.parametrize("number", ["INT", "TERM", "HUP"])
def test_a_signal_ends_the_screen_and_gives_the_terminal_back(field: Field, number: str) -> None:
    with _screen(field, "demo") as (parent, run):
        run.send_signal(signal.Signals[f"SIG{number}"])
        shown = _read_to_the_end(parent)
        assert run.wait(LONGEST) == 130
    assert shown.count("\x1b[?1049l") == shown.count("\x1b[<u") == 1, "the main screen is there again"
    assert shown.rstrip().endswith("nixdive: stopped")
    assert "Traceback" not in shown


@contextmanager
def _screen(
    field: Field, *words: str | Path, deaf: bool = False
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Start the screen on a terminal of its own, deaf to its end or not, and wait until it shows a plan."""
    parent, child = os.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))

    def prepare() -> None:
        _take_terminal()
        if deaf:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        stdin=child,
        stdout=child,
        stderr=child,
        start_new_session=True,
        env={**field.environment, "TERM": "xterm-256color"},
        cwd=field.folder,
        preexec_fn=prepare,  # noqa: PLW1509  there are no threads
    ) as run:
        os.close(child)
        seen = b""
        while b"Layers" not in seen or b"each release" not in seen:
            seen += os.read(parent, 1 << 16)
        try:
            yield parent, run
        finally:
            run.kill()


def _read_to_the_end(parent: int) -> str:
    seen = b""
    with suppress(OSError):  # how a terminal ends
        while data := os.read(parent, 1 << 16):
            seen += data
    os.close(parent)
    return seen.decode(errors="replace")


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
