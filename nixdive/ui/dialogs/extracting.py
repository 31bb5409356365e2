"""Writes files of a layer to the disk and shows how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.markup import escape

from nixdive.ui.dialogs.working import WorkingDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from nixdive.progress import Progress


class ExtractingDialog(WorkingDialog[str]):
    """Gives what was written in words.

    Args:
        what: what is written, for the title.
        write: writes it, told to whom its progress goes; returns the words.
    """

    note = "It appears when it is complete; cancelled, it leaves nothing."

    def __init__(self, what: str, write: Callable[[Progress], str]) -> None:
        super().__init__(f"Extracting {escape(what)}")
        self._write = write

    def do(self, progress: Progress) -> str:
        """Write."""
        return self._write(progress)
