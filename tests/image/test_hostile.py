"""Images made to mislead, end to end: refused in one line, or read, and nothing written elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_MOST_MEMORY = 500 << 20
_MOST_SECONDS = 60

# runs every other case in one process, as a user would run each: by words, with an exit status
_RUNNER = """
import contextlib, io, json, os, pathlib, resource, sys, time
from nixdive.cli import main

resource.setrlimit(resource.RLIMIT_AS, (2 * {memory}, 2 * {memory}))
folder, half = pathlib.Path(sys.argv[1]), int(sys.argv[2])
cases = [case for case in json.loads((folder / "cases.json").read_text("utf-8")) if case["kind"] == "archive"]
told = []
for case in cases[half::2]:
    out = folder / "out" / case["file"]
    for command in ("inspect", "verify", "extract"):
        words = [command, str(folder / case["file"]), "-q"]
        words += ["-o", str(out)] if command == "extract" else ["--json"]
        if command == "extract" and "200000" in case["file"]:
            continue  # it works, and takes as long as a disk takes for so many files
        streams = io.StringIO(), io.StringIO()
        began = time.monotonic()
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            try:
                main(words)
            except SystemExit as stop:
                status = stop.code
        found = sorted(os.fsencode(name).decode("latin-1") for name in out.rglob("*"))
        told.append([case, command, status, streams[0].getvalue(), streams[1].getvalue(),
                     time.monotonic() - began, found])
peak = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps([told, int(peak[0].split()[1]) << 10]))
""".replace("{memory}", str(_MOST_MEMORY))


@pytest.fixture(scope="module")
def folder(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    maker = shared / "data/hostile/make_hostile.py"
    subprocess.run([sys.executable, maker, folder, "--only", ".tar"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def runs(folder: Path) -> list[Any]:
    """What became of each case under each command, and the memory it took."""
    spool = folder / "spool"
    spool.mkdir()
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _RUNNER, str(folder), str(half)],
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": ":".join(sys.path), "TMPDIR": str(spool)},
            cwd=spool,
        )
        for half in (0, 1)
    ]
    ended = [process.communicate(timeout=600)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert list(spool.iterdir()) == []
    return [json.loads(out) for out in ended]


def wrong(case: dict[str, str], command: str, status: int, out: str, told: str, path: Path) -> bool:
    """Whether a run ended in another way than its case allows."""
    refused = {1, 3} if command == "verify" else {1}
    wanted = {"error": refused, "ok": {0}, "either": refused | {0}}[case["expect"]]
    if command == "extract" and case["expect"] == "ok":
        wanted = {0, 1}  # some can be shown, but written to no file system
    if status not in wanted or "Traceback" in told:
        return True
    if status != 1:
        return bool(told) or (command != "extract" and not json.loads(out)["format"])
    first, *more = told.splitlines()
    return not (
        first.startswith(f"nixdive: {path}: ") or (command == "extract" and first.startswith("nixdive: /"))
    ) or not (
        len(first) < 600
        and all(line.startswith("hint: ") for line in more)
        and len(more) <= 1
        and told.replace("\n", "").isprintable()
        and not out
    )


def test_each_is_refused_in_one_line_or_read(folder: Path, runs: list[Any]) -> None:
    told = [run for half, _ in runs for run in half]
    assert len(told) > 3 * 70
    bad = [run[:5] for run in told if wrong(run[0], run[1], run[2], run[3], run[4], folder / run[0]["file"])]
    assert not bad


def test_none_takes_long_or_much(runs: list[Any]) -> None:
    assert max(run[5] for half, _ in runs for run in half) < _MOST_SECONDS
    assert max(peak for _, peak in runs) < _MOST_MEMORY


def test_nothing_is_written_beside_what_was_named(folder: Path, runs: list[Any]) -> None:
    for case, command, status, _, _, _, found in (run for half, _ in runs for run in half):
        if command == "extract" and status == 0:
            assert all(name.startswith(str(folder / "out" / case["file"])) for name in found)
        else:
            assert not found, case
    escaped = {"nixdive-escaped", "nixdive-absolute", "nixdive-through-link"}
    assert not any(Path("/tmp", name).exists() for name in escaped)
