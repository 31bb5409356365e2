from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from nixdive.child import started
from tests.patience import gone

_PARENT = """
import os, signal, sys
from nixdive.child import started
child = started([sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"])
child.stdout.read(1)
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) is of Linux")
def test_a_program_ends_when_this_one_is_killed() -> None:
    done = subprocess.run([sys.executable, "-c", _PARENT], check=False, stdout=subprocess.PIPE)
    assert done.returncode == -signal.SIGKILL
    gone(int(done.stdout))


def test_a_program_has_nothing_to_read_and_no_terminal() -> None:
    code = "import os, sys; print(repr(sys.stdin.read()), os.getsid(0) == os.getpid())"
    with started([sys.executable, "-c", code]) as run:
        assert run.stdout is not None
        assert run.stdout.read() == b"'' True\n"


def test_a_missing_program_is_an_error_of_the_system() -> None:
    with pytest.raises(FileNotFoundError):
        started(["/absent/program"])
