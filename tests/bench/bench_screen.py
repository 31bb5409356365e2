"""Times of the screen in a real terminal: to the first frame, the closure and the plan, and from keys on.

Beside them, where /proc tells it, is the time of the processor that the program has used meanwhile: on a busy
machine that says more.

python tests/bench/bench_screen.py [INPUT --max-layers 100]   without an input: the demo, synthetic closures
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import pty
import random
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

CONTROLS = re.compile(rb"\x1b(\[[0-9;?<>=]*[a-zA-Z]|[\]P][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|.)")
ROUNDS = 5
KEYS = 10  # of each kind
BUDGET = "100"  # layers, to which the keys add and from which they take
LIMIT = 60  # seconds for anything that is waited for
QUIET = 0.15  # seconds without a byte: nothing more is painted


def until(file: int, pattern: bytes, start: float) -> float:
    """Return the milliseconds from the start until the pattern was painted.

    Raises:
        TimeoutError: nothing of the kind was painted within LIMIT seconds.
    """
    seen = b""
    while not re.search(pattern, CONTROLS.sub(b"", seen)):
        left = start + LIMIT - time.perf_counter()
        if left <= 0 or not select.select([file], [], [], left)[0]:
            raise TimeoutError(f"{pattern.decode()} was not painted within {LIMIT} s")
        seen += os.read(file, 1 << 16)
    return (time.perf_counter() - start) * 1000


def drain(file: int, seconds: float) -> None:
    """Read what is still painted."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([file], [], [], left)[0]:
            os.read(file, 1 << 16)


class Session:
    """The program in a terminal."""

    def __init__(self, words: list[str]) -> None:
        self.start = time.perf_counter()
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLUMNS="120", LINES="36", PYTHONDONTWRITEBYTECODE="")
            os.execv(sys.executable, [sys.executable, "-m", "nixdive", *words])
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))

    def opened(self) -> tuple[float, float, float]:
        """Return the milliseconds to the first frame, to the closure, and to the plan."""
        frame = until(self.file, rb"nixdive", self.start)
        closure = until(self.file, rb"(?s)Closure.*Store path", self.start)
        return frame, closure, until(self.file, rb"(?s)Layers .*Store path", self.start)

    def until(self, keys: bytes, pattern: bytes) -> float:
        """Return the milliseconds from keys to what they lead to."""
        drain(self.file, QUIET)
        start = time.perf_counter()
        os.write(self.file, keys)
        return until(self.file, pattern, start)

    def painted(self, keys: bytes) -> float:
        """Return the milliseconds from keys to the last that is painted before it is quiet."""
        drain(self.file, QUIET)
        start = last = time.perf_counter()
        os.write(self.file, keys)
        while select.select([self.file], [], [], QUIET)[0]:
            os.read(self.file, 1 << 16)
            last = time.perf_counter()
        return (last - start) * 1000

    def used(self) -> float:
        """Return the milliseconds of the processor that the program has used so far; NaN where none says."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return math.nan
        return sum(map(int, fields[11:13])) * 1000 / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.file)


@dataclass(frozen=True, slots=True)
class Opened:
    """How long it takes to open something, in milliseconds.

    Attributes:
        frame: to the first frame.
        closure: to the closure.
        plan: to the plan.
        used: of the processor, up to the plan.
    """

    frame: float
    closure: float
    plan: float
    used: float


@dataclass(frozen=True, slots=True)
class Pressed:
    """How long all rounds of a kind of key take, in milliseconds.

    Attributes:
        took: until it is painted.
        used: of the processor, with what leads to the key and what follows it.
    """

    took: list[float]
    used: list[float]


def keys(session: Session) -> dict[str, Pressed]:
    """Return the times of all rounds for each kind of key."""
    times: dict[str, Pressed] = {}
    before = session.used()

    def note(name: str, took: float) -> None:
        nonlocal before
        now = session.used()
        one = times.setdefault(name, Pressed([], []))
        one.took.append(took)
        one.used.append(now - before)
        before = now

    for i in range(KEYS):
        note("]", session.until(b"]", rb"budget %d" % (int(BUDGET) + i)))
    for i in range(KEYS):
        note("[", session.until(b"[", rb"budget %d" % (int(BUDGET) + KEYS - i)))
    for _ in range(KEYS):
        note("undo", session.until(b"z", rb"undone"))
        drain(session.file, QUIET)
        session.until(b"]", rb"budget ")
    for i in range(KEYS):
        session.painted(b"2j")
        session.painted(b"p")
        session.painted(b"bench%d" % i)
        note("pin", session.until(b"\r", rb"pin [^\n]*layer bench%d" % i))
    session.painted(b"2*")
    drain(session.file, 2)  # all unfolded
    session.painted(b"g")
    before = session.used()
    for _ in range(KEYS):
        note("page down", session.painted(b"\x1b[6~"))
    session.painted(b"g/")
    for letter in b"package1234"[:KEYS]:
        note("filter", session.painted(bytes([letter])))
    session.painted(b"\x1b")
    for _ in range(KEYS):
        note("next tab", session.painted(b"v"))
    return times


def floor() -> tuple[float, float]:
    """Return the milliseconds that Python takes to load Textual alone: the least that any screen takes.

    Returns:
        By the clock, and of the processor; of each the best.
    """
    best, used = [], []
    for _ in range(ROUNDS):
        start, before = time.perf_counter(), os.times()
        subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
        best.append((time.perf_counter() - start) * 1000)
        after = os.times()
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        used.append(spent * 1000)
    return min(best), min(used)


def synthetic(paths: int, folder: Path) -> Path:
    """Write a closure file of random references downward."""
    rng = random.Random(1)
    letters = "0123456789abcdfghijklmnpqrsvwxyz"
    names = [f"/nix/store/{''.join(rng.choices(letters, k=32))}-package{i}-1.{i % 7}" for i in range(paths)]
    rows = [
        {
            "path": name,
            "narSize": int(rng.paretovariate(0.8) * 10_000),
            "references": sorted({names[rng.randrange(i)] for _ in range(5)} if i else ()),
        }
        for i, name in enumerate(names)
    ]
    file = folder / f"{paths}.json"
    file.write_text(json.dumps(rows))
    return file


def measured(case: list[str]) -> tuple[Opened, dict[str, Pressed]]:
    """Return the times to open something, of each the best, and those of the keys."""
    opened = []
    for _ in range(ROUNDS):
        with closing(Session(case)) as session:
            opened.append((*session.opened(), session.used()))
    with closing(Session(case)) as session:
        session.opened()
        times = keys(session)
    return Opened(*(min(column) for column in zip(*opened, strict=True))), times


def worst(times: list[float]) -> float:
    """Return the 95th percentile: of few times the longest, never more than was measured."""
    return statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) >= 20 else max(times)


def main(words: list[str]) -> None:
    """Print the times of each input."""
    least, used = floor()
    print(f"import textual.app: {least:.0f} ms, {used:.0f} ms of the processor, best of {ROUNDS}")
    with tempfile.TemporaryDirectory() as folder:
        cases = (
            [words]
            if words
            else [
                ["demo", "--max-layers", BUDGET],
                *([str(synthetic(n, Path(folder))), "--max-layers", BUDGET] for n in (2_000, 10_000)),
            ]
        )
        for case in cases:
            try:
                opened, times = measured(case)
            except (TimeoutError, OSError) as error:
                print(f"\n{Path(case[0]).name}: {error}")
                continue
            print(f"\n{Path(case[0]).name}, best of {ROUNDS}:", end=" ")
            for name in ("frame", "closure", "plan"):
                took = getattr(opened, name)
                print(f"{name} {took:.0f} ms (×{took / least:.1f}),", end=" ")
            print(f"{opened.used:.0f} ms of the processor (×{opened.used / used:.1f})")
            for name, pressed in times.items():
                median, slow = statistics.median(pressed.took), worst(pressed.took)
                spent = statistics.mean(pressed.used)
                print(
                    f"  {name:<12} p50 {median:>6.0f} ms   p95 {slow:>6.0f} ms   processor {spent:>6.0f} ms"
                )


if __name__ == "__main__":
    main(sys.argv[1:])
