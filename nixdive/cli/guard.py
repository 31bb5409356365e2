"""Run a command so that whatever happens ends in one line for the user and an exit status."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
import traceback
from contextlib import suppress
from threading import Lock, Thread, get_ident
from typing import TYPE_CHECKING, Any

import click

from nixdive.cli import diagnostics
from nixdive.cli.diagnostics import Exit
from nixdive.cli.output import ReaderGone
from nixdive.errors import Cancelled, NixdiveError
from nixdive.interrupts import takes, waits, whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_STOPS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM})
_AGAIN = 0.01  # seconds
_PATIENCE = 50  # times


def open_streams() -> None:
    """Fill the places of standard streams that are closed, as a service's or a cron job's may be.

    Else a file that is opened would take the place, and a program that is started would write into it. What
    would be said on standard error is dropped; whoever reads standard input or writes standard output says
    that it is closed.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def guarded(run: Callable[[], object]) -> int:
    """Run it and return the exit status; errors are shown on stderr, only a bug shows a traceback.

    An int that `run` returns is the exit status.
    """
    stop = _Stop()
    ears = _Ears(stop)
    before = {number: signal.getsignal(number) for number in _STOPS}
    hook = sys.unraisablehook
    for number, handler in before.items():
        if handler is not signal.SIG_IGN or number is signal.SIGALRM:  # nohup and the like
            signal.signal(number, stop.signalled)
    sys.unraisablehook = stop.unraisable(hook)
    try:
        status = _settled(_run(run))
    except KeyboardInterrupt:  # it came when all was done but the last of the output
        stop.over()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):  # it is closed, or none
                diagnostics.drop(stream)
        return Exit.INTERRUPTED
    else:
        # what fails between a signal and its interrupt, as writing to a terminal that is gone does
        return Exit.INTERRUPTED if stop.waiting and status == Exit.ERROR else status
    finally:
        stop.over()
        ears.close()
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


class _Interrupted(KeyboardInterrupt):
    """As KeyboardInterrupt, but of another class.

    Where that one passes through `exec` of a text, as while a named tuple is made, Python ends by the signal
    although it was caught, and not with the status that it is given (3.11, with -m).
    """


class _Stop:
    """The first signal interrupts the work; more of them do not disturb the tidying up.

    Attributes:
        waiting: whether a signal has come that could not interrupt yet.
    """

    def __init__(self) -> None:
        self._asked = False
        self._lock, self._thread = Lock(), get_ident()
        self._patience = _PATIENCE
        self.waiting = False

    def over(self) -> None:
        """Raise nothing any more."""
        self._asked = True
        with self._lock:  # nothing is sent after this
            signal.setitimer(signal.ITIMER_REAL, 0)

    @whole  # what comes meanwhile is answered for the same place
    def signalled(self, _number: int, frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt, once: here, or as soon as what is being done may be interrupted."""
        if self._asked:
            return
        taking = self._patience > 0 and takes(frame)
        if taking or waits(frame):
            self._patience -= taking
            self.waiting = True
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)
            return
        self._asked = True
        raise _Interrupted

    def heard(self, numbers: bytes) -> None:
        """Wake the main thread until it has been interrupted; for another thread.

        Args:
            numbers: of signals; those that somebody else answers meanwhile, as the screen does, wake nobody.
        """
        stops = _STOPS.intersection(numbers)
        while True:
            time.sleep(_AGAIN)
            with self._lock:
                if self._asked or not any(signal.getsignal(number) == self.signalled for number in stops):
                    return
                signal.pthread_kill(self._thread, signal.SIGALRM)

    def unraisable(self, hook: Callable[[sys.UnraisableHookArgs], object]) -> Callable[[Any], None]:
        """Return a hook that interrupts again if the first time was lost where Python cannot raise."""

        def unraised(lost: sys.UnraisableHookArgs) -> None:
            if isinstance(lost.exc_value, KeyboardInterrupt):
                self._asked = False
                signal.setitimer(signal.ITIMER_REAL, _AGAIN)  # here nothing can be raised either
            else:
                hook(lost)

        return unraised


class _Ears:
    """A thread that hears signals, so that none is noticed only when what is waited for has come.

    The handler runs when the main thread comes back to Python. Where a signal comes just before that thread
    waits for a lock or a pipe, or comes to another thread, it waits all the same; a second signal ends that.
    """

    def __init__(self, stop: _Stop) -> None:
        self._stop = stop
        self._mouth = -1
        try:
            listening, self._mouth = os.pipe()
        except OSError:  # no more files may be open
            return
        try:
            Thread(target=self._listen, args=(listening,), name="signals", daemon=True).start()
        except RuntimeError:  # nor more threads
            os.close(listening)
            os.close(self._mouth)
            self._mouth = -1
            return
        os.set_blocking(self._mouth, False)
        self._before = signal.set_wakeup_fd(self._mouth, warn_on_full_buffer=False)

    def close(self) -> None:
        """End the thread."""
        if self._mouth >= 0:
            signal.set_wakeup_fd(self._before)
            os.close(self._mouth)

    def _listen(self, pipe: int) -> None:
        try:
            while numbers := os.read(pipe, 64):
                self._stop.heard(numbers)
        finally:
            os.close(pipe)


def _run(run: Callable[[], object]) -> int:
    try:
        status = run()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.ClickException, NixdiveError, OSError, MemoryError) as error:
        return _told(error)
    except (Cancelled, KeyboardInterrupt, click.Abort):
        diagnostics.error("stopped")
        return Exit.INTERRUPTED
    except ReaderGone:
        diagnostics.drop(sys.stdout)
        return Exit.DONE
    except Exception:  # noqa: BLE001  a bug: the traceback is shown whole
        diagnostics.bug(traceback.format_exc())
        return Exit.ERROR
    return status if isinstance(status, int) else Exit.DONE


def _told(error: click.ClickException | NixdiveError | OSError | MemoryError) -> Exit:
    if isinstance(error, NixdiveError):
        diagnostics.error(str(error), hint=error.hint, lines=error.lines)
        return Exit.ERROR
    if isinstance(error, click.UsageError):
        name = error.ctx.command_path if error.ctx else "nixdive"
        said = re.sub(r"\n\s*", " ", error.format_message())  # click lists choices on lines of their own
        diagnostics.error(said, hint=f"{name} --help lists the options")
        return Exit.USAGE
    if isinstance(error, OSError):  # nobody expected it there; it is still the system's, and no bug
        place = f"{error.filename}: " if error.filename else ""
        diagnostics.error(f"{place}{error.strerror or error}")
    elif isinstance(error, MemoryError):
        diagnostics.error("there is not enough memory")
    else:
        diagnostics.error(error.format_message())
    return Exit.ERROR


def _settled(status: int) -> int:
    """Flush what was written; Python does so once more at its end, which must not fail."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            diagnostics.drop(stream)
    return status
