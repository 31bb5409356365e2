"""The only writer of standard error: errors, notes, and how far work is; and the exit statuses."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, TextIO

from nixdive.errors import masked
from nixdive.human import duration
from nixdive.progress import NullProgress, Progress
from nixdive.sizes import prose
from nixdive.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_EIGHTHS = " ▏▎▍▌▋▊▉"
_REPAINT_SECONDS = 0.1
_LINE_SECONDS = 10.0


class Exit(IntEnum):
    """How a run ended; scripts rely on it."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    CHECK_SAID_NO = 3
    INTERRUPTED = 130


def bar(what: str, done: int, total: int | None, seconds: float, columns: int) -> str:
    """Return one line, shorter than the terminal is wide: what, how far, the rate and the time left.

    Args:
        what: the phase.
        done: bytes done.
        total: bytes in all, or None.
        seconds: since the phase began.
        columns: width of the terminal in cells.
    """
    figures = facts(done, total, seconds)
    if total is None:
        return f"{what}  {figures}"[: max(columns - 1, 1)]
    room = min(40, columns - len(what) - len(figures) - 6)
    middle = f" ▕{blocks(done, total, room)}▏" if room >= 8 else " "
    return f"{what}{middle} {figures}"[: max(columns - 1, 1)]


def quoted(what: str, seconds: float, line: str, columns: int | None = None) -> str:
    """Return one line: what another program does, for how long, and what it said last.

    Args:
        what: the phase.
        seconds: since the phase began.
        line: what the program said; empty before it has.
        columns: cells of the terminal, all but one of which may be filled; None for no limit.
    """
    text = f"{what}  {duration(seconds)}" + (f"  {line}" if line else "")
    return text if columns is None else text[: max(columns - 1, 1)]


def blocks(done: int, total: int, cells: int) -> str:
    """Return a bar of so many cells, filled by eighths of a cell."""
    eighths = min(done, total) * cells * 8 // total if total else cells * 8
    whole, part = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[part] if part else "")).ljust(cells)


def facts(done: int, total: int | None, seconds: float) -> str:
    """Return the figures: 43%  26.1 MiB of 60.9 MiB  110 MiB/s  2 minutes left."""
    rate = done / seconds if seconds > 0.5 else 0.0
    parts = (
        [prose(done)] if total is None else [f"{_percent(done, total)}%", f"{prose(done)} of {prose(total)}"]
    )
    if rate:
        parts.append(f"{prose(round(rate))}/s")
        if total is not None and done < total:
            parts.append(f"{duration((total - done) / rate)} left")
    return "  ".join(parts)


def _percent(done: int, total: int) -> int:
    return min(done, total) * 100 // total if total else 100


def error(message: str, *, hint: str | None = None, lines: Sequence[str] = ()) -> None:
    """Tell an error in one line, below what another program said, and last what can be done about it."""
    _write(f"nixdive: {visible(masked(_joined(message)))}\n")
    for line in lines:
        _write(f"  | {visible(masked(line))}\n")
    if hint:
        _write(f"hint: {visible(masked(_joined(hint)))}\n")


def note(message: str) -> None:
    """Tell something that is not an error."""
    _write(f"{visible(masked(_joined(message)))}\n")


def remark_settings() -> None:
    """Tell what of the user's config.toml nobody looks at: wrong names, and what cannot be read."""
    from nixdive.user_settings import remarks

    for line in remarks():
        note(line)


def bug(trace: str) -> None:
    """Show the traceback of a bug and where to report it."""
    lines = (visible(masked(line)) for line in trace.splitlines())
    _write("\n".join(lines) + f"\nnixdive: this is a bug; please report it with the lines above {_where()}\n")


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Tell how far work is: by a bar on a terminal, by plain lines elsewhere, not at all if quiet."""
    if quiet:
        yield NullProgress()
        return
    on_terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    told = BarProgress(sys.stderr) if on_terminal else LineProgress(sys.stderr)
    try:
        yield told
    finally:
        told.close()


class _Told:
    """What both kinds of progress count; threads call it at the same time."""

    interval = _REPAINT_SECONDS

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._what = ""
        self._total: int | None = None
        self._done = 0
        self._began = self._told = time.monotonic()

    def start(self, what: str, total: int | None) -> None:
        """A phase begins."""
        with self._lock:
            self._end()
            self._what, self._total, self._done = visible(masked(what)), total, 0
            self._began = self._told = time.monotonic()
            self._begin()

    def advance(self, amount: int, part: int | None = None) -> None:  # noqa: ARG002  the bar is of the whole
        """More is done; tells it when enough time has passed since the last time."""
        with self._lock:
            self._done += amount
            now = time.monotonic()
            if now - self._told >= self.interval:
                self._told = now
                self._tell(now - self._began)

    def note(self, text: str) -> None:
        """Write a line in place of the bar, which comes again below it when more is done."""
        with self._lock:
            self._end()
            self._put(f"{visible(masked(_joined(text)))}\n")

    def log(self, line: str) -> None:
        """Tell what another program said last, and for how long it has been at work."""
        with self._lock:
            now = time.monotonic()
            if now - self._told >= self.interval:
                self._told = now
                self._quote(now - self._began, visible(masked(line)))

    def cancelled(self) -> bool:
        """Return False: a signal stops the command line."""
        return False

    def close(self) -> None:
        """Leave the terminal as it was."""
        with self._lock:
            self._end()
            self._what = ""

    def _begin(self) -> None: ...

    def _tell(self, seconds: float) -> None: ...

    def _quote(self, seconds: float, line: str) -> None: ...

    def _end(self) -> None: ...

    def _put(self, text: str) -> None:
        _put(self._stream, text)


class BarProgress(_Told):
    """One line that is painted again and again, and gone at the end."""

    def _begin(self) -> None:
        self._tell(0.0)

    def _tell(self, seconds: float) -> None:
        columns = shutil.get_terminal_size().columns
        line = bar(self._what, self._done, self._total, seconds, columns)
        self._put(f"\r{line}\x1b[K")

    def _quote(self, seconds: float, line: str) -> None:
        columns = shutil.get_terminal_size().columns
        self._put(f"\r{quoted(self._what, seconds, line, columns)}\x1b[K")

    def _end(self) -> None:
        if self._what:
            self._put("\r\x1b[K")


class LineProgress(_Told):
    """A line at the beginning of a phase, and one every ten seconds."""

    interval = _LINE_SECONDS

    def _begin(self) -> None:
        size = "" if self._total is None else f" {prose(self._total)}"
        self._put(f"{self._what}{size}\n")

    def _tell(self, seconds: float) -> None:
        self._put(f"{self._what}  {facts(self._done, self._total, seconds)}\n")

    def _quote(self, seconds: float, line: str) -> None:
        self._put(f"{quoted(self._what, seconds, line)}\n")


def _where() -> str:
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("nixdive").get_all("Project-URL") or []
    except PackageNotFoundError:
        urls = []
    for url in urls:
        label, _, address = url.partition(",")
        if label.strip().lower() == "issues":
            return f"at {address.strip()}"
    return "to where you got nixdive from"


def _joined(text: str) -> str:
    return " ".join(text.split("\n"))


def _write(text: str) -> None:
    _put(sys.stderr, text)


def _put(stream: TextIO, text: str) -> None:
    """Write at once; what nobody can read, or has room for, is dropped, and the work goes on."""
    try:
        stream.write(text)
        stream.flush()
    except OSError:  # a closed pipe or terminal, a full disk
        drop(stream)


def drop(stream: TextIO) -> None:
    """Let everything that is still written to a stream disappear, so that no attempt fails again."""
    nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    stream.flush()
