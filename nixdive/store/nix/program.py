"""A program of Nix, run to its end or stopped as a terminal would."""

from __future__ import annotations

import os
import re
import selectors
import shlex
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nixdive.child import started
from nixdive.errors import Cancelled, NixCommandError, UnknownPathError, masked
from nixdive.progress import check
from nixdive.store.sources.rows import EXPORT_COMMAND, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from nixdive.progress import Progress

NIX = ("nix", "--extra-experimental-features", "nix-command flakes")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ABSENT = re.compile(r"path '?([^\s']+)'? (?:is not valid|does not exist)")
_ELSEWHERE = f"where Nix is: {EXPORT_COMMAND} > closure; that file opens anywhere"
_UNKNOWN_STORE = (
    "stores are addressed like file:///cache or https://HOST; s3:// needs a Nix that was built with it"
)
_PIECE = 1 << 16
_MOST_LINE = 1 << 20  # bytes; what a longer line has more of is dropped
_MOST_KEPT = 1 << 20  # bytes of standard error that are kept for messages
_LOOK = 0.1  # seconds between two looks at whether the user has had enough
# seconds that a program has after each signal
_STOPS = ((signal.SIGINT, 10.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


class Ended(NamedTuple):
    """How a program ended.

    Attributes:
        status: its exit status, negative for a signal.
        out: its standard output.
        told: its standard error without colours; of a very long one the end.
    """

    status: int
    out: str
    told: str


def run(
    words: Sequence[str],
    origin: str,
    progress: Progress,
    hear: Callable[[bytes], object] | None = None,
    tick: Callable[[], object] | None = None,
) -> Ended:
    """Run a program until it ends.

    When the user has had enough it is asked to stop as by ctrl+c, with all that it has started, and waited
    for: Nix ends its builders then.

    Args:
        words: the program and its arguments.
        origin: what the user named, for messages.
        progress: asked whether to stop.
        hear: called with each line of its standard error.
        tick: called about ten times a second.

    Raises:
        NixCommandError: it cannot be started, or would show a password to all.
        Cancelled: the user stopped it.
    """
    if any(masked(word) != word for word in words):
        raise NixCommandError(
            f"{origin}: an address with a password is not given to {words[0]}, whose arguments every process "
            "here can read",
            hint="leave it out of the address; netrc-file in nix.conf, or git's credential helper, has it",
        )
    if any("\0" in word for word in words):
        raise NixCommandError(f"{origin}: there is a NUL in what {words[0]} would be given")
    try:
        process = started(words)
    except FileNotFoundError:
        raise NixCommandError(f"{origin}: there is no {words[0]} on the PATH", hint=_ELSEWHERE) from None
    except OSError as error:
        raise NixCommandError(
            f"{origin}: {words[0]} cannot be started: {error.strerror}", hint=_ELSEWHERE
        ) from error
    with process, _Ears(process, hear) as ears:
        try:
            while ears.listen(_LOOK):
                _check(progress)
                if tick is not None:
                    tick()
            status = process.wait()
        except BaseException:
            _stop(process, ears)
            raise
    told = _COLOUR.sub("", bytes(ears.told).decode(errors="replace"))
    return Ended(status, b"".join(ears.out).decode(errors="replace"), told)


def refused(
    ended: Ended, words: Sequence[str], origin: str, store: str = ""
) -> NixCommandError | UnknownPathError:
    """Return the error for a program that failed, out of what it said; `store` is the one that was named."""
    absent = _ABSENT.search(ended.told)
    if absent is not None and "path-info" in words:
        return unknown(origin, absent[1], store)
    hint = _UNKNOWN_STORE if "know how to open Nix store" in ended.told else again(words)
    return NixCommandError(f"{origin}: nix failed: {complaint(ended.told)}", hint=hint)


def again(words: Sequence[str]) -> str:
    """Return a hint that shows the command."""
    return f"this says more: {shortened(shlex.join(words), most=400)}"


def complaint(said: str) -> str:
    """Return what went wrong, out of all that Nix said: the innermost error, which comes last."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and "warning:" not in line]
    errors = [line.removeprefix("error:").strip() for line in lines if line.startswith("error:")]
    return shortened(
        next((line for line in reversed(errors) if line), lines[-1] if lines else "it said nothing")
    )


def unknown(origin: str, path: str, store: str = "") -> UnknownPathError:
    """Return the error for a path that is not there; `store` is empty for the one that Nix uses by itself."""
    where = path if path == origin else f"{origin}: {path}"
    if store:
        return UnknownPathError(f"{where} is not in {store}")
    return UnknownPathError(
        f"{where} is not in the local store",
        hint=f"nix-store --realise {path} fetches it, if a binary cache has it",
    )


class _Ears:
    """Reads what a program says, both streams at once, so that it never waits for its reader."""

    def __init__(self, process: subprocess.Popen[bytes], hear: Callable[[bytes], object] | None) -> None:
        assert process.stdout is not None  # noqa: S101  both were asked for
        assert process.stderr is not None  # noqa: S101
        self._out, self._err = process.stdout.fileno(), process.stderr.fileno()
        self._hear = hear
        self._line = bytearray()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)
        self._selector.register(self._err, selectors.EVENT_READ)
        self.out: list[bytes] = []
        self.told = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()

    def listen(self, seconds: float) -> bool:
        """Take what is said within so many seconds; return whether more can come."""
        for key, _ in self._selector.select(seconds):
            data = os.read(key.fd, _PIECE)
            if not data:
                self._selector.unregister(key.fd)
            elif key.fd == self._out:
                self.out.append(data)
            else:
                self._take(data)
        return bool(self._selector.get_map())

    def _take(self, data: bytes) -> None:
        if self._hear is None:
            self.told += data
            del self.told[:-_MOST_KEPT]
            return
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._line += part[: _MOST_LINE - len(self._line)]
            self._hear(bytes(self._line))
            self._line.clear()
        self._line += rest[: _MOST_LINE - len(self._line)]


def _check(progress: Progress) -> None:
    check(progress)
    if not threading.main_thread().is_alive():  # nixdive ends, and waits for this thread
        raise Cancelled


def _stop(process: subprocess.Popen[bytes], ears: _Ears) -> None:
    """End a program with its group: first as ctrl+c does, then harder."""
    for number, seconds in _STOPS:
        # builders have sessions of their own; Nix ends them, but not when it is killed itself
        below = _descendants(process.pid) if number is signal.SIGKILL else {}
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        for pid, began in below.items():
            if _began(pid) == began:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < until:
            if not ears.listen(_LOOK):
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK)
        if process.poll() is not None:
            return


def _descendants(pid: int) -> dict[int, str]:
    """Return the processes that a process has started, near and far, each with when it began; Linux only."""
    children: dict[int, list[int]] = {}
    try:
        pids = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    except OSError:
        return {}
    for one in pids:
        if (facts := _facts(one)) is not None:
            children.setdefault(int(facts[1]), []).append(one)
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found and (began := _began(child)) is not None:
                found[child] = began
                waiting.append(child)
    return found


def _began(pid: int) -> str | None:
    facts = _facts(pid)
    return None if facts is None else facts[19]


def _facts(pid: int) -> list[str] | None:
    # proc(5): what follows the name of the program, which may itself hold spaces and brackets
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return None
