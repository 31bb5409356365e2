"""Roots of the garbage collector for as long as something is open: links in a folder of their own.

The folder is removed at the end, or by the next process if this one is killed. Nix forgets links that are
gone.
"""

from __future__ import annotations

from contextlib import suppress

from nixdive.errors import NixCommandError
from nixdive.places import state_folder
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
    state = state_folder()
    if state is not None:
        with suppress(OSError):  # it cannot be written to
            top = state / "roots"
            top.mkdir(parents=True, exist_ok=True)
            return WorkingFolder(top)
    return temporary_folder(NixCommandError)
