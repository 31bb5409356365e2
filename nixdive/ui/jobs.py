"""Work in the background: asked for by its kind, done in a thread, delivered on the thread of the screen.

There is one piece of work of a kind at a time. A newer one stops it and waits until it has stopped, so that
keys that come faster than plans do not pile up. What was replaced, cancelled, or asked for by something that
is no longer on the screen is never delivered.
"""

from __future__ import annotations

import time
import traceback
from collections import deque
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from nixdive.errors import Cancelled, NixdiveError, masked
from nixdive.progress import wanted
from nixdive.ui.draw.progress import Reading
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_SHOWN = 0.1  # seconds between two looks at how far work is
_LINES = 50  # of what another program says that are kept


class Meter:
    """How far one piece of work is, and whether it is wanted: its thread writes, the screen reads and stops.

    It counts bytes; each layer is counted by one thread at a time, so that no byte is lost.

    Args:
        partly: receives what is known before the end.

    Attributes:
        notes: what the user should know of the work, a line each.
    """

    def __init__(self, partly: Callable[[Any], object] = lambda _: None) -> None:
        self.partly = partly
        self.notes: list[str] = []
        self._stopped = False
        self._what = ""
        self._total: int | None = None
        self._parts: dict[int, int] = {}
        self._log: deque[str] = deque(maxlen=_LINES)
        self._began = time.monotonic()

    def start(self, what: str, total: int | None) -> None:
        """Begin a phase."""
        self._what, self._total, self._parts = masked(what), total, {}
        self._began = time.monotonic()

    def advance(self, amount: int, part: int | None = None) -> None:
        """Count."""
        number = -1 if part is None else part
        self._parts[number] = self._parts.get(number, 0) + amount

    def note(self, text: str) -> None:
        """Keep what the user should know."""
        self.notes.append(masked(text))

    def log(self, line: str) -> None:
        """Keep what another program says."""
        shown = masked(line)
        if shown and shown != (self._log[-1] if self._log else ""):
            self._log.append(shown)

    def cancelled(self) -> bool:
        """Whether the work is no longer wanted."""
        return self._stopped

    def stop(self) -> None:
        """Ask the work to stop."""
        self._stopped = True

    def read(self) -> Reading:
        """Return how far it is."""
        parts = tuple(self._parts.copy().items())
        done = sum(amount for _, amount in parts)
        return Reading(
            self._what, done, self._total, time.monotonic() - self._began, parts, tuple(self._log.copy())
        )


class Unforeseen(NixdiveError):  # noqa: N818  the errors of users are in nixdive.errors
    """An error of nixdive itself, with the place where it happened."""

    def __init__(self, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        at = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
        hint = f"This is a bug in nixdive, at {at}. The screen shows what it showed before."
        super().__init__(f"{type(error).__name__}: {error}", hint=hint)


def told(error: NixdiveError) -> str:
    """Return what went wrong, below what another program said of it, and last what can be done about it."""
    return "\n".join(visible(part) for part in (str(error), *error.lines, error.hint) if part)


def tell(where: Notifier, error: NixdiveError, *, title: str = "", timeout: float = 60) -> None:
    """Show an error in a notice that stays."""
    where.notify(told(error), title=title, severity="error", timeout=timeout, markup=False)


class Notifier(Protocol):
    """What shows notices: the app, a screen, a widget."""

    def notify(
        self,
        message: str,
        *,
        title: str = ...,
        severity: Any = ...,
        timeout: float | None = ...,
        markup: bool = ...,
    ) -> None:
        """Show a notice."""


class Ticker(Protocol):
    """A timer."""

    def stop(self) -> None:
        """Stop it."""


class Host(Notifier, Protocol):
    """What asks for work: a screen or a widget."""

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:
        """Call something on the thread of the screen; from any thread."""

    def set_interval(self, interval: float, callback: Callable[[], Any]) -> Ticker:
        """Call something again and again."""


@dataclass(eq=False, slots=True)
class _Job:
    """A piece of work, and what follows."""

    kind: str
    compute: Callable[[Meter], Any]
    then: Callable[[Any], object]
    failed: Callable[[NixdiveError], object] | None
    shown: Callable[[Reading], object] | None
    meter: Meter
    wanted: bool = True
    ticker: Ticker | None = None


class Jobs:
    """The work of one host, by kinds."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._running: dict[str, _Job] = {}
        self._next: dict[str, _Job] = {}
        self._closed = False

    def ask(
        self,
        kind: str,
        compute: Callable[[Meter], T],
        then: Callable[[T], object],
        *,
        failed: Callable[[NixdiveError], object] | None = None,
        partly: Callable[[Any], object] | None = None,
        shown: Callable[[Reading], object] | None = None,
    ) -> Meter:
        """Have something computed in the background, in place of what was asked for under this kind before.

        Args:
            kind: what it is.
            compute: does it in a thread, with a meter that says whether it is still wanted.
            then: receives what was computed, on the thread of the screen.
            failed: receives the error that kept it from being computed; without it a notice shows the error.
            partly: receives what `compute` gives to the meter's `partly` before its end.
            shown: receives how far it is, again and again until its end.

        Returns:
            The meter. Who stops it still receives what `compute` returns then; `cancel` delivers nothing.
        """
        self.cancel(kind)
        job = _Job(kind, compute, then, failed, shown, Meter())
        if partly is not None:
            job.meter.partly = lambda value: self._later(self._partly, job, partly, value)
        if self._closed:
            job.meter.stop()
        elif kind in self._running:
            self._next[kind] = job
        else:
            self._start(job)
        return job.meter

    @property
    def busy(self) -> bool:
        """Whether something is running, be it wanted or not."""
        return bool(self._running)

    def reading(self, kind: str) -> Reading | None:
        """Return how far the work of a kind is, or None where none is wanted."""
        job = self._next.get(kind) or self._running.get(kind)
        return job.meter.read() if job is not None and job.wanted else None

    def cancel(self, kind: str) -> bool:
        """Stop the work of a kind, and deliver nothing of it; return whether there was some."""
        self._next.pop(kind, None)
        job = self._running.get(kind)
        if job is None or not job.wanted:
            return False
        job.wanted = False
        job.meter.stop()
        return True

    def close(self) -> None:
        """Stop everything: the host leaves the screen."""
        self._closed = True
        for kind in tuple(self._running):
            self.cancel(kind)

    def _start(self, job: _Job) -> None:
        self._running[job.kind] = job
        if job.shown is not None:
            show = job.shown
            job.ticker = self._host.set_interval(_SHOWN, lambda: show(job.meter.read()))
        Thread(target=copy_context().run, args=(self._run, job), name=job.kind).start()

    def _run(self, job: _Job) -> None:
        value, error = None, None
        try:
            with wanted(job.meter):
                value = job.compute(job.meter)
        except Cancelled:
            job.wanted = False
        except NixdiveError as known:
            error = known
        except Exception as other:  # noqa: BLE001  whatever it is, the screen stays and shows it
            error = Unforeseen(other)
        self._later(self._ended, job, value, error)

    def _later(self, callback: Callable[..., object], *values: object) -> None:
        with suppress(RuntimeError):  # the program has ended meanwhile
            self._host.call_later(callback, *values)

    def _partly(self, job: _Job, partly: Callable[[Any], object], value: object) -> None:
        if job.wanted and not self._closed:
            partly(value)

    def _ended(self, job: _Job, value: object, error: NixdiveError | None) -> None:
        if job.ticker is not None:
            job.ticker.stop()
        del self._running[job.kind]
        if self._closed:
            return
        if following := self._next.pop(job.kind, None):
            self._start(following)
        if not job.wanted:
            return
        if error is None:
            job.then(value)
        elif job.failed is not None:
            job.failed(error)
        else:
            tell(self._host, error)
