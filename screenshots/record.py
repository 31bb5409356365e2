"""Record the screen on its demo: an asciicast (version 2), and an SVG of it that moves.

python screenshots/record.py

Keys are pressed by this script in a terminal of its own. What stands in its cells after each (pyte) is kept,
at times that are written here and not measured. `asciinema play screenshots/tour.cast` shows the recording;
README has the SVG.
"""

from __future__ import annotations

import fcntl
import html
import json
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyte

HERE = Path(__file__).parent
COLUMNS, ROWS = 110, 32
WIDTH, HEIGHT = 8.4, 18.0  # of a cell, in pixels
PAPER, INK = "10141a", "c9d1d9"


class Step(NamedTuple):
    """One key, or what comes before the first.

    Attributes:
        keys: as the terminal sends them.
        until: what stands on the screen when it is done, and did not before.
        shown: seconds for which what it leads to is shown.
        words: what is written below.
    """

    keys: bytes
    until: str
    shown: float
    words: str


STEPS = (
    Step(b"", "B does it", 3.5, "the demo: layers at the left, the closure at the right"),
    Step(b"\x1b[B" * 4, "oniguruma-6.9.8", 2.5, "down: a store path, with its sizes and its layer"),
    Step(b"B", "1 edit", 4.0, "B: the edit that saves most, with its price"),
    Step(b"z", "12 of 125", 2.0, "z: taken back"),
    Step(b"]", "13 of 125", 2.5, "]: one layer more"),
    Step(b"e", "each alone", 4.0, "e: the strategies, with the figures of each"),
    Step(b"\x1b", "Contents ━ Why", 1.0, "esc"),
    Step(b"E", "without it", 4.0, "E: the edits with their prices; one in the middle can be dropped"),
    Step(b"\x1b", "Contents ━ Why", 1.0, "esc"),
    Step(b"\x13", "in gzip", 4.0, "ctrl+s: the image, foreseen"),
    Step(b"\r", "Written", 4.0, "enter: written, with the commands that push it"),
)
_SETTLED = 2.5  # seconds: figures that are worked out in the background come
_MOST = 60.0  # seconds for a step


def recorded() -> list[Frame]:
    """Return what stands in the rows after each step."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    with tempfile.TemporaryDirectory() as folder:
        pid, file = pty.fork()
        if pid == 0:
            own = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), folder)
            os.chdir(folder)
            os.environ.update(own, TERM="xterm-256color", COLORTERM="truecolor", LC_ALL="C.UTF-8")
            os.execv(sys.executable, [sys.executable, "-m", "nixdive", "demo"])
        fcntl.ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        found = []
        for step in STEPS:
            os.write(file, step.keys)
            end = time.monotonic() + _MOST
            while step.until not in "\n".join(screen.display):
                if time.monotonic() > end:
                    sys.exit(f"{step.words}: {step.until} does not come")
                _paint(file, stream, 0.2)
            _paint(file, stream, _SETTLED)
            found.append([_runs(screen, row) for row in range(ROWS)])
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(file)
    return found


def _paint(file: int, stream: pyte.ByteStream, seconds: float) -> None:
    """Take what is painted within some seconds."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([file], [], [], left)[0]:
            stream.feed(os.read(file, 1 << 16))


class Run(NamedTuple):
    """Cells of a row that look alike."""

    column: int
    text: str
    fore: str
    back: str
    bold: bool


Frame = list[list[Run]]


def _runs(screen: pyte.Screen, row: int) -> list[Run]:
    found, column = [], 0
    for (fore, back, bold), cells in groupby((screen.buffer[row][at] for at in range(COLUMNS)), _look):
        text = "".join(cell.data or " " for cell in cells)
        found.append(Run(column, text, fore, back, bold))
        column += len(text)
    return found


def _look(cell: pyte.screens.Char) -> tuple[str, str, bool]:
    fore, back = (_colour(cell.fg, INK), _colour(cell.bg, PAPER))
    return (back, fore, cell.bold) if cell.reverse else (fore, back, cell.bold)


def _colour(name: str, usual: str) -> str:
    return name if len(name) == 6 and all(digit in "0123456789abcdef" for digit in name) else usual


def cast(found: list[Frame]) -> str:
    """Return the recording as asciinema's format has it (asciicast v2)."""
    head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": "nixdive demo"}
    lines, at = [json.dumps(head)], 0.0
    for step, frame in zip(STEPS, found, strict=True):
        rows = ("".join(map(_painting, row)) for row in frame)
        lines.append(json.dumps([at, "o", "\x1b[H" + "\x1b[0m\r\n".join(rows)]))
        at += step.shown
    lines.append(json.dumps([at, "o", "\x1b[0m"]))
    return "\n".join(lines) + "\n"


def _painting(run: Run) -> str:
    fore, back = (";".join(map(str, bytes.fromhex(colour))) for colour in (run.fore, run.back))
    return f"\x1b[0;{'1;' * run.bold}38;2;{fore};48;2;{back}m{run.text}"


def svg(found: list[Frame]) -> str:
    """Return a picture in which one step follows the other."""
    total, at = sum(step.shown for step in STEPS), 0.0
    groups, rules = [], []
    for number, (step, frame) in enumerate(zip(STEPS, found, strict=True)):
        begin, end = 100 * at / total, 100 * (at + step.shown) / total
        at += step.shown
        before = f"0%{{opacity:0}}{begin:.3f}%{{opacity:0}}" if number else ""
        after = f"{end:.3f}%{{opacity:0}}100%{{opacity:0}}" if end < 100 else ""
        rules.append(
            f"@keyframes f{number}{{{before}{begin:.3f}%{{opacity:1}}{end - 0.001:.3f}%{{opacity:1}}{after}}}"
            f"#f{number}{{animation:f{number} {total}s step-end infinite}}"
        )
        below = _text(1, ROWS + 0.55, step.words, 'fill="#7cc4f0"')
        cells = "".join(_cells(row, run) for row, runs in enumerate(frame) for run in runs)
        groups.append(f'<g id="f{number}">{cells}{below}</g>')
    width, height = COLUMNS * WIDTH, (ROWS + 2) * HEIGHT
    style = (
        "text{font:14px 'DejaVu Sans Mono','Fira Code',Menlo,Consolas,monospace;white-space:pre}"
        "@media (prefers-reduced-motion:reduce){g{animation:none!important;opacity:0}#f2{opacity:1}}"
    )
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<style>{style}{''.join(rules)}</style>",
        f'<rect width="100%" height="100%" fill="#{PAPER}"/>',
        *groups,
        "</svg>",
    )
    return "\n".join(parts) + "\n"


def _cells(row: int, run: Run) -> str:
    ground = ""
    if run.back != PAPER:
        x, y, width = run.column * WIDTH, row * HEIGHT, len(run.text) * WIDTH + 0.3
        size = f'width="{width:.1f}" height="{HEIGHT + 0.3:.1f}"'
        ground = f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="#{run.back}"/>'
    shown = run.text.strip(" ")
    if not shown:
        return ground
    column = run.column + len(run.text) - len(run.text.lstrip(" "))
    weight = ' font-weight="bold"' if run.bold else ""
    return ground + _text(column, row, shown, f'fill="#{run.fore}"{weight}')


def _text(column: float, row: float, words: str, look: str) -> str:
    place = f'x="{column * WIDTH:.1f}" y="{(row + 0.75) * HEIGHT:.1f}" textLength="{len(words) * WIDTH:.1f}"'
    return f"<text {place} {look}>{html.escape(words)}</text>"


if __name__ == "__main__":
    made = recorded()
    (HERE / "tour.cast").write_text(cast(made), "utf-8")
    (HERE / "tour.svg").write_text(svg(made), "utf-8")
    print(f"{HERE / 'tour.cast'}, {HERE / 'tour.svg'}")
