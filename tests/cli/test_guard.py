from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import click
import pytest

from nixdive.cli.diagnostics import Exit
from nixdive.cli.guard import guarded
from nixdive.errors import Cancelled, SourceError
from nixdive.interrupts import whole

if TYPE_CHECKING:
    from collections.abc import Callable


def raising(error: BaseException) -> Callable[[], object]:
    def run() -> object:
        raise error

    return run


def test_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: None) == Exit.DONE
    assert guarded(lambda: Exit.CHECK_SAID_NO) == 3
    assert capsys.readouterr() == ("", "")


def test_error_is_one_line_and_a_hint_without_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    error = SourceError("a\x1b[31mb: no such\nfile", hint="try c\x07")
    assert guarded(raising(error)) == Exit.ERROR
    assert capsys.readouterr().err == "nixdive: a\\x1b[31mb: no such file\nhint: try c\\x07\n"


def test_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(click.UsageError("no such option"))) == Exit.USAGE
    assert capsys.readouterr().err == "nixdive: no such option\nhint: nixdive --help lists the options\n"


@pytest.mark.parametrize("error", [Cancelled(), KeyboardInterrupt(), click.Abort()])
def test_interrupted(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(error)) == Exit.INTERRUPTED
    assert "Traceback" not in capsys.readouterr().err


def test_sigterm_is_as_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert guarded(lambda: os.kill(os.getpid(), signal.SIGTERM)) == Exit.INTERRUPTED
    assert capsys.readouterr().err == "nixdive: stopped\n"
    assert signal.getsignal(signal.SIGTERM) == before


def test_second_signal_does_not_disturb_the_tidying_up() -> None:
    tidied = []

    def run() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            tidied.append(True)

    assert guarded(run) == Exit.INTERRUPTED
    assert tidied


def test_bug_shows_the_traceback_and_where_to_report_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(ZeroDivisionError("x"))) == Exit.ERROR
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "ZeroDivisionError: x" in told
    assert told.rstrip().splitlines()[-1].startswith("nixdive: this is a bug; please report it")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(5, "Input/output error", "/some/where"), "/some/where: Input/output error"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (MemoryError(), "there is not enough memory"),
    ],
)
def test_what_the_system_refuses_is_no_bug(
    error: BaseException, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(error)) == Exit.ERROR
    assert capsys.readouterr().err == f"nixdive: {said}\n"


def test_a_signal_that_comes_where_python_cannot_raise_is_not_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Last:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)

    went_on: list[str] = []

    def run() -> None:
        last = Last()
        del last
        time.sleep(30)
        went_on.append("to the end")

    assert guarded(run) == Exit.INTERRUPTED
    assert not went_on
    assert capsys.readouterr().err == "nixdive: stopped\n"


def test_what_fails_after_a_signal_that_had_to_wait_is_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    @whole
    def run() -> None:
        signal.raise_signal(signal.SIGTERM)
        raise OSError(5, "Input/output error")  # the terminal is gone

    assert guarded(run) == Exit.INTERRUPTED
    assert "Traceback" not in capsys.readouterr().err


_GONE = """
import io, signal, sys
from nixdive.cli.guard import guarded

class Gone(io.FileIO):
    interrupts = True

    def write(self, data):
        if Gone.interrupts:
            Gone.interrupts = False
            signal.raise_signal(signal.SIGTERM)
        return super().write(data)

sys.stdout = io.TextIOWrapper(io.BufferedWriter(Gone("/dev/full", "w")))
sys.exit(guarded(lambda: print("what was found")))
"""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is full")  # noqa: PTH110
def test_a_signal_while_the_last_is_written_is_the_end() -> None:
    ended = subprocess.run([sys.executable, "-c", _GONE], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (Exit.INTERRUPTED, b"")
