"""How far a reading is: told by its thread, asked by the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Reading:
    """One piece of reading that can be stopped.

    Attributes:
        what: the phase.
        done: bytes read in it.
        total: bytes there are, or None.
    """

    def __init__(self, stopped: Callable[[], bool] = lambda: False) -> None:
        self.what = "reading"
        self.done = 0
        self.total: int | None = None
        self._stopped = stopped
        self._unwanted = False

    def start(self, what: str, total: int | None) -> None:
        """A phase begins."""
        self.what, self.total, self.done = what, total, 0

    def advance(self, amount: int, part: int | None = None) -> None:  # noqa: ARG002  all parts are one
        """More is read."""
        self.done += amount

    def cancelled(self) -> bool:
        """Whether nobody wants it any longer."""
        return self._unwanted or self._stopped()

    def stop(self) -> None:
        """Want it no longer."""
        self._unwanted = True
