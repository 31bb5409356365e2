"""What nixdive takes for the work that others do too, as ratios, and how its cost grows; as Markdown.

usage: tests/bench/run [--only WORD]... [--rounds N] [--before PYTHON] [--folder FOLDER]

Measures nixdive beside dive, crane, regctl and skopeo: what is installed of them, and what `go install`
fetches once into the cache directory. PYTHON is that of an environment with an older nixdive.
NIXDIVE_DEBSTORE and NIXDIVE_SHARED enable further rows. Sides take turns, and the fastest of N (default: 3)
runs counts; what is written again and fleets run once. Processor time is that of a command and all that it
starts: on a busy machine it says more than seconds, except where most of the time is waited. Everything has
a limit of five or ten minutes.
WORD is one of reading, pushing, writing_again, screen, fleets, replaying, starting, growth.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

from nixdive import __version__
from tests.bench.growth import grown
from tests.bench.peers import peers, version
from tests.bench.rows import ALL, OURS, Bench, NotHereError, Row
from tests.bench.timing import Took

_HEAD = "| work | others | nixdive | ratio | of processor time | to reach | |"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="tests/bench/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", metavar="WORD")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--before", metavar="PYTHON")
    parser.add_argument("--folder", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    here = peers()
    print(machine())
    print("; ".join(f"{name} {version(name, path)}" for name, path in here.items()))
    print(f"\n{_HEAD}\n{'|---' * _HEAD.count(' | ')}|---|", flush=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        bench = Bench(Path(folder), here, options.before, options.rounds)
        for part in ALL:
            if options.only and part.__name__ not in options.only:
                continue
            try:
                for row in part(bench):
                    print(line(row), flush=True)
            except (NotHereError, RuntimeError, AssertionError) as error:
                print(
                    f"| {part.__name__}: not measured | | | | | | {str(error).splitlines()[0]} |", flush=True
                )
    if not options.only or "growth" in options.only:
        print("\n| how cost grows | number | s | MB | exponent |\n|---|---|---|---|---|")
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            for cells in grown(Path(folder)):
                print(f"| {' | '.join(cells)} |", flush=True)


def machine() -> str:
    """Return a line that says what it is measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if sys.platform == "linux" else []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "?")
    load = os.getloadavg()[0]
    python = platform.python_version()
    return f"{model}, {os.cpu_count()} processors, load {load:.1f}; Python {python}, nixdive {__version__}"


def line(row: Row) -> str:
    """Return a row of the table."""
    ours, others = row.sides.get(OURS), {name: took for name, took in row.sides.items() if name != OURS}
    other = row.sides.get(row.against) if row.against else None
    ratio, work = "", ""
    if isinstance(ours, Took) and isinstance(other, Took):
        ratio, work = (
            f"{mine / its:.2f} × {row.against}" for mine, its in zip(ours, other, strict=True) if its
        )
    told = ", ".join(f"{name} {said(took)}" for name, took in others.items())
    return f"| {row.work} | {told} | {said(ours)} | {ratio} | {work} | {row.goal} | {row.note} |"


def said(took: Took | float | Exception | None) -> str:
    took = took.seconds if isinstance(took, Took) else took
    if isinstance(took, float):
        return f"{took:.0f}" if took >= 100 else f"{took:.2f}"
    return "" if took is None else str(took).partition("\n")[0]


if __name__ == "__main__":
    main()
