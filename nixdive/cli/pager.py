"""Tables that are longer than the terminal, shown by the program that $PAGER names."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from contextlib import suppress


def paged(text: str) -> bool:
    """Show a text by the user's pager, and wait for it; return whether that was done.

    It is not where $PAGER is not set, cannot be started or is `cat`, on a terminal that cannot move its
    cursor, and for a text that the terminal shows whole. less is told what git tells it: to leave the text
    on the terminal, and to end at once where it fits.
    """
    words = _words(os.environ.get("PAGER", ""))
    if not words or words == ["cat"] or os.environ.get("TERM", "dumb") == "dumb":
        return False
    if text.count("\n") < shutil.get_terminal_size().lines:
        return False
    variables = {"LESS": "FRX", "LV": "-c"} | os.environ
    try:
        pager = subprocess.Popen(words, stdin=subprocess.PIPE, env=variables)
    except OSError:
        return False
    assert pager.stdin is not None  # noqa: S101  it is a pipe
    with suppress(BrokenPipeError):  # it has been left before the end
        pager.stdin.write(text.encode("utf-8", "replace"))
    with suppress(BrokenPipeError):
        pager.stdin.close()
    pager.wait()
    return True


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []
