"""Run the whole attack, part by part, and print what held as a table.

usage: python -m tests.faults.table [--keep FOLDER] [--share NUMBER] [PART...]

Without a part all of them are run, which takes some hours; --share 0.1 tries a tenth. What a part found is
kept in the folder after --keep, and not tried again: a run that ends early loses one part. The page that is
printed is docs/attacks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

from tests.conftest import TRIALS

_ROUNDS, _EXAMPLES = "NIXDIVE_FAULTS", "NIXDIVE_EXAMPLES"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the attack.

    Attributes:
        what: is done to the program.
        words: the tests, as pytest is told.
        variable: says how often what involves chance is repeated.
        rounds: how often that is.
    """

    what: str
    words: tuple[str, ...]
    variable: str = _ROUNDS
    rounds: int = 1


_KILLS = "tests/faults/test_kills.py"
PARTS = {
    "kills": Part("commands that write, ended at random moments", (_KILLS, "-k", "a_signal"), rounds=10),
    "interrupts": Part("interrupted at one exact system call", (_KILLS, "-k", "an_interrupt")),
    "limits": Part("full disks, full temporary folders, limits on files", ("tests/faults/test_limits.py",)),
    "targets": Part(
        "odd targets, another user, closed and full streams",
        (
            "tests/faults/test_streams.py", "tests/cli/test_targets.py", "tests/workspace/test_targets.py",
            "tests/cli/test_one_cause.py", "tests/test_there.py", "tests/test_unfinished.py",
        ),
    ),
    "calls": Part("EIO, ENOSPC or EACCES from one system call", ("tests/faults/test_calls.py",), rounds=14),
    "changes": Part(
        "sources that change while they are read, programs on the same files, clocks that jump",
        ("tests/faults/test_changes.py", "tests/faults/test_inputs.py"),
        rounds=7,
    ),
    "flips": Part(
        "one bit of an image changed", ("tests/faults/test_flips.py", "-k", "changed_byte"), rounds=29
    ),
    "cuts": Part(
        "an image cut at every length", ("tests/faults/test_flips.py", "-k", "every_cut"), rounds=29
    ),
    "mutations": Part("changed inputs, given to every reader", ("tests/fuzz",), _EXAMPLES, 70),
    "directed": Part("inputs made to harm", ("tests/test_hostile.py",)),
    "bombs": Part(
        "bombs and sizes", ("tests/test_unpack.py", "tests/test_bounds.py", "tests/test_small_file.py")
    ),
    "terminal": Part("what reaches a terminal, its title, the clipboard", ("tests/faults/test_terminal.py",)),
    "security": Part(
        "other programs, secrets, temporary files, extraction",
        ("tests/faults/test_others.py", "tests/faults/test_tricks.py"),
    ),
    "registries": Part(
        "registries that never end an answer or lie, helpers that hang or print without end",
        ("tests/remote/test_answers.py", "tests/remote/test_credentials.py", "tests/remote/test_tokens.py"),
    ),
    "same bytes": Part(
        "the same bytes whatever differs around the program",
        ("tests/image/test_same_bytes.py", "tests/conformance/test_same_bytes.py"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a part.

    Attributes:
        day: on which it was run.
        words: with which it can be run again.
        tried: attacks.
        failed: those that the program did not withstand, each by the name of its test.
        skipped: tests for which something is missing here.
    """

    day: str
    words: str
    tried: int
    failed: tuple[str, ...]
    skipped: int


def found_in(report: Path, words: str) -> Found:
    """Return what pytest's report of a run says; each test tried as much as it says, or once.

    Args:
        report: in JUnit's form.
        words: of the run.
    """
    tried, skipped, failed = 0, 0, []
    for case in ET.parse(report).iter("testcase"):
        if case.find("skipped") is not None:
            skipped += 1
            continue
        properties = {one.get("name"): one.get("value") for one in case.iter("property")}
        tried += max(1, int(properties.get(TRIALS) or 1))
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{case.get('classname')}::{case.get('name')}")
    return Found(time.strftime("%Y-%m-%d", time.gmtime()), words, tried, tuple(failed), skipped)


def run(part: Part, share: float) -> Found:
    """Run a part."""
    rounds = max(1, round(part.rounds * share)) if part.rounds > 1 else 1
    variables = {part.variable: str(rounds)} if part.rounds > 1 else {}
    shown = " ".join([*(f"{name}={value}" for name, value in variables.items()), "pytest", *part.words])
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "-n", "0", "-p", "no:cacheprovider", "--junitxml", str(report)]
        words = [sys.executable, "-m", "pytest", *options, *part.words]
        subprocess.run(
            words,
            env={**os.environ, **variables},
            stdout=sys.stderr,
            check=False,
            preexec_fn=_not_deaf,
        )
        return found_in(report, shown)


def _not_deaf() -> None:
    """Take back what nohup has set: the programs that are attacked would be deaf to a hang-up too."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def kept(folder: Path | None, name: str) -> Found | None:
    """Return what an earlier run found, if it was kept."""
    if folder is None or not (file := folder / f"{name}.json").exists():
        return None
    document = json.loads(file.read_text())
    return Found(**{**document, "failed": tuple(document["failed"])})


def page(found: dict[str, Found]) -> str:
    """Return the table of what was found, and how each part is run again."""
    lines = ["| what is done | tried | held | failed | run on |", "| --- | ---: | ---: | ---: | --- |"]
    for name, one in found.items():
        failed = len(one.failed)
        lines.append(
            f"| {PARTS[name].what} | {one.tried:,} | {one.tried - failed:,} | {failed} | {one.day} |"
        )
    lines += ["", *(f"    {one.words}" for one in found.values())]
    lines += ["", *(f"- {name}: {test}" for name, one in found.items() for test in one.failed)]
    return "\n".join(lines).rstrip()


def main() -> None:
    """Run the parts that are not kept, and print all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--share", type=float, default=1.0, metavar="NUMBER")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    options = parser.parse_args()
    found = {}
    for name in options.parts or PARTS:
        one = kept(options.keep, name) or run(PARTS[name], options.share)
        found[name] = one
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{name}.json").write_text(json.dumps(asdict(one), indent=1))
    print(page(found))


if __name__ == "__main__":
    main()
