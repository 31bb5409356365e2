"""Roots of the garbage collector for as long as something is open: links in a folder of their own.

The folder is removed at the end, or by the next process if this one is killed. Nix forgets links that are
gone.
"""

from __future__ import annotations

import os
from pathlib import Path

from nixdive.errors import NixCommandError
from nixdive.unfinished import WorkingFolder, temporary_folder


class Roots:
    """A folder for the links of roots; it goes with this value.

    Attributes:
        folder: where the links are made.
    """

    def __init__(self) -> None:
        self._working = _made()
        self.folder = self._working.path


def _made() -> WorkingFolder:
    named = os.environ.get("XDG_STATE_HOME", "")
    try:
        state = Path(named) if named.startswith("/") else Path.home() / ".local/state"
        top = state / "nixdive" / "roots"
        top.mkdir(parents=True, exist_ok=True)
        return WorkingFolder(top)
    except (OSError, RuntimeError):  # there is no home, or none that can be written to
        return temporary_folder(NixCommandError)
