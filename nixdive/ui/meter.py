"""How far some work is, and whether it is wanted: its thread tells and looks, the screen asks and stops."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Reading(NamedTuple):
    """What a meter shows at one moment.

    Attributes:
        what: the phase in a word.
        done: bytes that are done.
        total: bytes in all, or None while nobody knows.
        seconds: since the phase began.
        parts: bytes done of each layer by its number, in the order in which they were begun.
    """

    what: str = ""
    done: int = 0
    total: int | None = None
    seconds: float = 0.0
    parts: tuple[tuple[int, int], ...] = ()


class Meter:
    """The progress of one piece of work.

    It counts bytes; each layer is counted by one thread at a time, so that none is lost.

    Args:
        unwanted: whether the work is to stop though nobody has stopped the meter, as with its worker.

    Attributes:
        notes: what the user should know of it, a line each.
    """

    def __init__(self, unwanted: Callable[[], bool] = lambda: False) -> None:
        self._unwanted = unwanted
        self._stopped = False
        self.notes: list[str] = []
        self._what = ""
        self._total: int | None = None
        self._parts: dict[int, int] = {}
        self._began = time.monotonic()

    def start(self, what: str, total: int | None) -> None:
        """Begin a phase."""
        self._what, self._total, self._parts = what, total, {}
        self._began = time.monotonic()

    def advance(self, amount: int, part: int | None = None) -> None:
        """Count."""
        number = -1 if part is None else part
        self._parts[number] = self._parts.get(number, 0) + amount

    def note(self, text: str) -> None:
        """Keep what the user should know."""
        self.notes.append(text)

    def cancelled(self) -> bool:
        """Whether the work is wanted no longer."""
        return self._stopped or self._unwanted()

    def stop(self) -> None:
        """Want the work no longer."""
        self._stopped = True

    def read(self) -> Reading:
        """Return how far it is."""
        parts = tuple(self._parts.copy().items())
        done = sum(amount for _, amount in parts)
        return Reading(self._what, done, self._total, time.monotonic() - self._began, parts)
