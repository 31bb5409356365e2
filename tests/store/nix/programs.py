"""Programs that stand in for those of Nix: shell scripts on a PATH of their own."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from nixdive.store.path import StorePath

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

APP, LIB = (
    StorePath.parse(f"/nix/store/{letter * 32}-{name}") for letter, name in (("a", "app-1"), ("b", "lib-2"))
)
DRV, DEPENDENT = f"/nix/store/{'c' * 32}-lib-2.drv", f"/nix/store/{'d' * 32}-app-1.drv"


def put(folder: Path, patch: pytest.MonkeyPatch, name: str, body: str) -> Path:
    """Make a program the only one of its name; return the file in which its arguments stand, a line each."""
    words = folder / f"{name}.words"
    script = folder / name
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {words}\n{body}')
    script.chmod(0o755)
    # the rest of the PATH lacks Nix, and has what scripts need
    patch.setenv("PATH", f"{folder}{os.pathsep}{os.path.dirname(sys.executable)}:/bin:/usr/bin")  # noqa: PTH120
    return words


def saying(folder: Path, out: str = "", told: str = "", status: int = 0) -> str:
    """Return what a program does that says what it is told to."""
    for name, text in (("out", out), ("told", told)):
        (folder / name).write_text(text)
    return f"cat {folder}/told >&2\ncat {folder}/out\nexit {status}\n"


def event(**fields: Any) -> str:
    """Return a line of the format internal-json."""
    return f"@nix {json.dumps(fields)}"


# what it has started notes how it ends, and lives in a session of its own, as builders do
STUBBORN = """
import os, signal, subprocess, sys, time
mode, folder = sys.argv[1:3]
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
def stop(number, frame):
    with open(f"{folder}/signals", "a") as file:
        file.write(f"{signal.Signals(number).name}\\n")
    if mode == "kind":
        child.kill()
        child.wait()
        sys.exit(1)
signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)
with open(f"{folder}/pids", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
sys.stderr.write('@nix {"action":"start","id":1,"type":105,"fields":["x"]}\\n')
sys.stderr.write('@nix {"action":"result","id":1,"type":101,"fields":["ready"]}\\n')
sys.stderr.flush()
while True:
    time.sleep(1)
"""
