"""Times of the screen in a real terminal: to the first frame, to the data, from keys to plan and filter.

python tests/bench/bench_screen.py [INPUT...]        without an input: the demo and synthetic closures
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import random
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

CONTROLS = re.compile(rb"\x1b(\[[0-9;?<>=]*[a-zA-Z]|[\]P][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|.)")
ROUNDS = 5


def until(file: int, pattern: bytes, start: float) -> float:
    """Return the milliseconds from the start until the pattern was painted."""
    seen = b""
    while not re.search(pattern, CONTROLS.sub(b"", seen)):
        select.select([file], [], [], 30)
        seen += os.read(file, 1 << 16)
    return (time.perf_counter() - start) * 1000


def drain(file: int, seconds: float) -> None:
    """Read what is still painted."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([file], [], [], left)[0]:
            os.read(file, 1 << 16)


def measure(words: list[str]) -> tuple[float, float, float, float]:
    """Return the milliseconds to the first frame, to the data, and from keys to plan and filter."""
    start = time.perf_counter()
    pid, file = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="120", LINES="36")
        os.execv(sys.executable, [sys.executable, "-m", "nixdive", *words])
    fcntl.ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    try:
        frame = until(file, rb"nixdive", start)
        data = until(file, rb"(?s)Layers .*Store path", start)
        drain(file, 1)
        key = time.perf_counter()
        os.write(file, b"[")
        plan = until(file, rb"budget 100", key)
        drain(file, 1)
        os.write(file, b"*/")  # all unfolded, so that the filter has most to replace
        drain(file, 1)
        key = time.perf_counter()
        os.write(file, b"a")
        return frame, data, plan, until(file, rb"(?s)/a/.*paths", key)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(file)


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


def main(words: list[str]) -> None:
    """Print the best of some rounds for each input."""
    with tempfile.TemporaryDirectory() as folder:
        cases = (
            [words] if words else [["demo"], *([str(synthetic(n, Path(folder)))] for n in (2_000, 10_000))]
        )
        heads = ("first frame", "data", "key to plan", "key to filter")
        print(f"{'input':<24}" + "".join(f"{head:>15}" for head in heads) + f"   ms, best of {ROUNDS}")
        for case in cases:
            best = [min(column) for column in zip(*(measure(case) for _ in range(ROUNDS)), strict=True)]
            print(f"{Path(case[0]).name:<24}" + "".join(f"{one:>15.0f}" for one in best))


if __name__ == "__main__":
    main(sys.argv[1:])
