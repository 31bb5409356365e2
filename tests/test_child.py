from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nixdive.child import started

_PARENT = """
import os, signal, sys
from nixdive.child import started
child = started([sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"])
child.stdout.read(1)
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "gone"


@pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) is of Linux")
def test_a_program_ends_when_this_one_is_killed() -> None:
    done = subprocess.run([sys.executable, "-c", _PARENT], check=False, stdout=subprocess.PIPE)
    assert done.returncode == -signal.SIGKILL
    pid = int(done.stdout)
    until = time.monotonic() + 30
    while _state(pid) not in {"gone", "Z"} and time.monotonic() < until:
        time.sleep(0.01)
    assert _state(pid) in {"gone", "Z"}


def test_a_program_has_nothing_to_read_and_no_terminal() -> None:
    code = "import os, sys; print(repr(sys.stdin.read()), os.getsid(0) == os.getpid())"
    with started([sys.executable, "-c", code]) as run:
        assert run.stdout is not None
        assert run.stdout.read() == b"'' True\n"


def test_a_missing_program_is_an_error_of_the_system() -> None:
    with pytest.raises(FileNotFoundError):
        started(["/absent/program"])
