"""Standard streams that are closed, full, or left by whoever read them."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.faults.attack import COMMANDS, PROGRAM, WRITE, Ended, Field, left, one_line, state

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        timeout=60,
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
        assert run.wait(60) in {130, 0}
    assert left(field.folder) == []
    assert not before or state(target)


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
