"""Roots of the garbage collector for as long as something is open: links in a folder of their own.

The folder is removed at the end, or by the next process if this one is killed. Nix forgets links that are
gone.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive.errors import NixCommandError
from nixdive.unfinished import temporary_folder, working_folder

if TYPE_CHECKING:
    from collections.abc import Callable


class Roots:
    """A folder for the links of roots; it goes with this value.

    Attributes:
        folder: where the links are made.
    """

    def __init__(self) -> None:
        self.folder, remove = _made()
        weakref.finalize(self, remove)


def _made() -> tuple[Path, Callable[[], None]]:
    named = os.environ.get("XDG_STATE_HOME", "")
    try:
        state = Path(named) if named.startswith("/") else Path.home() / ".local/state"
        top = state / "nixdive" / "roots"
        top.mkdir(parents=True, exist_ok=True)
        return working_folder(top)
    except (OSError, RuntimeError):  # there is no home, or none that can be written to
        return temporary_folder(NixCommandError)
