"""How long-running work reports progress and learns that it has been cancelled."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from nixdive.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator


class Progress(Protocol):
    """Receives the progress of one piece of work; called from any thread."""

    def start(self, what: str, total: int | None) -> None:
        """A phase begins.

        Args:
            what: the phase in a word or two, like "writing".
            total: its size in bytes, or None if it is unknown.
        """

    def advance(self, amount: int, part: int | None = None) -> None:
        """More work has been done.

        Args:
            amount: bytes done since the last call.
            part: the index of the layer they belong to, or None.
        """

    def note(self, text: str) -> None:
        """Report something that is not an error, but that the user should know.

        Args:
            text: one line; text taken from an input may be in it unescaped.
        """

    def log(self, line: str) -> None:
        """Say what another program, which does the work, has said last.

        It is called again with the same line while nothing new is said, so that clocks go on.

        Args:
            line: one line as it came; empty before there is one.
        """

    def cancelled(self) -> bool:
        """Whether the user has cancelled the work."""


class NullProgress:
    """Ignores all reports and never cancels."""

    def start(self, what: str, total: int | None) -> None:
        """Do nothing."""

    def advance(self, amount: int, part: int | None = None) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""

    def log(self, line: str) -> None:
        """Do nothing."""

    def cancelled(self) -> bool:
        """Return False, always."""
        return False


def check(progress: Progress) -> None:
    """Raise Cancelled if the user has cancelled the work."""
    if progress.cancelled():
        raise Cancelled


_WANTED: ContextVar[Progress | None] = ContextVar("wanted", default=None)


@contextmanager
def wanted(progress: Progress) -> Iterator[None]:
    """Let `go_on` in this thread ask a progress: for work that is many calls away from who wants it."""
    token = _WANTED.set(progress)
    try:
        yield
    finally:
        _WANTED.reset(token)


def go_on() -> None:
    """Raise Cancelled if nobody wants any more what this thread works out; else do nothing.

    Whoever calls it leaves nothing half made behind.
    """
    progress = _WANTED.get()
    if progress is not None and progress.cancelled():
        raise Cancelled
