"""Does numpy start here? On an old CPU its wheels end the program with a signal, and without a word."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nixdive.errors import NixdiveError

_CPUINFO = Path("/proc/cpuinfo")
# x86-64-v2, what numpy's wheels are built for, as Linux calls it
_NEEDED = frozenset({"cx16", "popcnt", "sse4_1", "sse4_2", "ssse3"})
_HEAD = 8192  # bytes in which the first processor stands


def refuse_old_cpu() -> None:
    """Raise NixdiveError where the CPU is so old that numpy cannot start; a numpy built for it can.

    Only where the CPU lacks something numpy is started, in a process of its own.
    """
    lacking = _lacking()
    if not lacking:
        return
    import subprocess

    done = subprocess.run([sys.executable, "-c", "import numpy"], capture_output=True, check=False)
    if done.returncode:
        raise NixdiveError(
            f"numpy does not start on this CPU, which lacks {', '.join(sorted(lacking))}",
            hint="install one that is built for it: pip install --no-binary numpy numpy",
        )


def _lacking() -> frozenset[str]:
    """Return what this CPU lacks of what numpy needs; nothing where that is not known."""
    if os.uname().machine != "x86_64":
        return frozenset()
    try:
        with _CPUINFO.open("rb") as file:
            lines = file.read(_HEAD).decode("ascii", "replace").splitlines()
    except OSError:  # it is not Linux
        return frozenset()
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), None)
    return frozenset() if flags is None else _NEEDED - set(flags)
