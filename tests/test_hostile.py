"""Files made to mislead, end to end: refused in one line or read, never a traceback or a file elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_MEMORY = 500 << 20
MOST_SECONDS = 60
COMMANDS = ("plan", "inspect", "verify", "extract")
# what inspect shows all the same: it hashes no layer, and says so
UNCHECKED = {"diff-id-mismatch.tar", "oci-blob-digest-mismatch.tar"}

# Runs the program once for each line of words, each time in a process of its own, with limits and a status.
# They are copies of a process that has loaded the program, which takes longer than most runs; what is frozen
# stays shared with that process.
RUNNER = """
import gc, importlib, json, os, pkgutil, resource, signal, sys, tempfile, threading
import nixdive, nixdive.cli


def run(words):
    try:
        nixdive.cli.main(words)
    except SystemExit as stop:
        sys.stdout.flush()
        for thread in set(threading.enumerate()) - {threading.current_thread()}:
            if not thread.daemon:
                thread.join()
        os._exit(stop.code)


for module in pkgutil.walk_packages(nixdive.__path__, "nixdive."):
    if not module.name.startswith(("nixdive.ui", "nixdive.__main__")):
        importlib.import_module(module.name)
lines, told = sys.stdin.readlines(), os.fdopen(os.dup(1), "w")
gc.collect()
gc.freeze()
for line in lines:
    streams = [tempfile.TemporaryFile() for _ in range(2)]
    if not (child := os.fork()):
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, stream in enumerate(streams, 1):
            os.dup2(stream.fileno(), number)
        # address space: what Python and its libraries map comes on top
        resource.setrlimit(resource.RLIMIT_AS, (2 * {memory}, 2 * {memory}))
        resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
        signal.alarm(5 * {seconds})  # it waits for something; a busy machine makes nothing so slow
        run(json.loads(line))
    _, status, used = os.wait4(child, 0)
    for stream in streams:
        stream.seek(0)
    out, said = (stream.read().decode("utf-8", "replace") for stream in streams)
    ended = os.waitstatus_to_exitcode(status), out, said, used.ru_utime + used.ru_stime, used.ru_maxrss << 10
    print(json.dumps(ended), file=told, flush=True)
""".replace("{memory}", str(MOST_MEMORY)).replace("{seconds}", str(MOST_SECONDS))


@dataclass(frozen=True)
class Case:
    """A file, what it is (graph or archive), and whether it is an error to read it (error, ok, either)."""

    file: Path
    kind: str
    expect: str
    note: str


@dataclass(frozen=True)
class Run:
    """What became of a case under a command, with the CPU seconds and the bytes of memory of its process."""

    case: Case
    command: str
    target: Path
    status: int
    out: str
    told: str
    seconds: float
    memory: int


@pytest.fixture(scope="module")
def cases(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    folder = tmp_path_factory.mktemp("hostile")
    maker = shared / "data/hostile/make_hostile.py"
    subprocess.run([sys.executable, maker, folder], check=True, capture_output=True)
    listed: list[dict[str, str]] = json.loads((folder / "cases.json").read_text("utf-8"))
    return [Case(folder / one["file"], one["kind"], one["expect"], one["note"]) for one in listed]


@pytest.fixture(scope="module")
def runs(cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Every case under every command that is for it."""
    folder, spool = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("spool")
    wanted = [
        (case, command, folder / f"{command}-{case.file.name}")
        for case in cases
        for command in commands(case)
    ]
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input="".join(f"{json.dumps(words(*one))}\n" for one in wanted),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(spool)},
        cwd=spool,
        timeout=1800,
        check=True,
    )
    assert list(spool.iterdir()) == []
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [Run(*one, *what) for one, what in zip(wanted, told, strict=True)]


def commands(case: Case) -> Iterator[str]:
    yield "plan"
    if case.kind == "archive":
        yield from ("inspect", "verify")
        if "200000" not in case.file.name:  # it works, and takes as long as a disk takes for so many files
            yield "extract"


def words(case: Case, command: str, target: Path) -> list[str]:
    return [command, str(case.file), "-q", *(["-o", str(target)] if command == "extract" else ["--json"])]


def statuses(run: Run) -> set[int]:
    """Return how a run may end."""
    if run.command in {"inspect", "plan"} and run.case.file.name in UNCHECKED:
        return {0}
    refused = {1, 3} if run.command == "verify" else {1}
    if run.command == "extract" and run.case.expect == "ok":
        return {0, 1}  # some can be shown, but written to no file system
    return {"error": refused, "ok": {0}, "either": refused | {0}}[run.case.expect]


def read(run: Run) -> bool:
    """Whether what was read is told, and nothing else."""
    if run.command == "extract":
        return not run.told
    document: dict[str, Any] = json.loads(run.out)
    if run.command == "plan":
        totals = document["totals"]
        return not run.told and bool(totals["paths"] or (run.case.kind == "archive" and totals["layers"]))
    if run.command == "inspect" and document["checked"]["diff_ids"]:
        return False
    return not run.told and bool(document["format"])


def refused(run: Run) -> bool:
    """Whether the refusal is a line with the file and the cause, and at most a hint."""
    first, *more = run.told.splitlines() or [""]
    beginnings = [f"nixdive: {run.case.file}: ", *(["nixdive: /"] if run.command == "extract" else [])]
    return (
        first.startswith(tuple(beginnings))
        and len(first) < 600
        and all(line.startswith("hint: ") for line in more)
        and len(more) <= 1
        and run.told.replace("\n", "").isprintable()
        and not run.out
    )


@pytest.mark.parametrize(
    ("kind", "command", "least"),
    [("graph", "plan", 50), *(("archive", command, 70) for command in COMMANDS)],
)
def test_each_is_refused_in_one_line_or_read(
    runs: list[Run], kind: str, command: str, least: int, trial: Callable[[], int]
) -> None:
    tried = [run for run in runs if (run.case.kind, run.command) == (kind, command)]
    assert len(tried) > least
    for _ in tried:
        trial()
    wrong = [
        f"{run.case.file.name} ({run.case.note}): exit status {run.status}, {run.told!r}"
        for run in tried
        if run.status not in statuses(run)
        or "Traceback" in run.told
        or not (refused(run) if run.status == 1 else read(run))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_image_takes_long_or_much(runs: list[Run]) -> None:
    images = [run for run in runs if run.case.kind == "archive"]
    assert max(run.seconds for run in images) < MOST_SECONDS
    large = {(run.case.file.name, run.command): run.memory for run in images if run.memory >= MOST_MEMORY}
    assert large == {}


def test_nothing_is_written_beside_what_was_named(runs: list[Run]) -> None:
    for run in runs:
        there = run.target.exists()
        assert there == (run.command == "extract" and run.status == 0), run.case
    targets = {run.target for run in runs}
    assert {file for run in runs for file in run.target.parent.iterdir()} <= targets
    escaped = {"nixdive-escaped", "nixdive-absolute", "nixdive-through-link"}
    assert not any(Path("/tmp", name).exists() for name in escaped)
