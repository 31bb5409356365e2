"""A progress that listens to what it is told."""

from __future__ import annotations

from nixdive.progress import NullProgress


class Hearing(NullProgress):
    """Keeps what it is to tell the user."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)
