"""Files made to mislead, end to end: refused in one line, or read, and never a traceback."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_MOST_MEMORY = 500 << 20


@dataclass(frozen=True)
class Case:
    file: Path
    kind: str
    expect: str
    note: str


@pytest.fixture(scope="module")
def cases(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    folder = tmp_path_factory.mktemp("hostile")
    maker = shared / "data/hostile/make_hostile.py"
    subprocess.run([sys.executable, maker, folder], check=True, capture_output=True)
    listed: list[dict[str, Any]] = json.loads((folder / "cases.json").read_text("utf-8"))
    return [Case(folder / one["file"], one["kind"], one["expect"], one["note"]) for one in listed]


def bounded() -> None:
    # address space: what Python and its libraries map comes on top
    resource.setrlimit(resource.RLIMIT_AS, (2 * _MOST_MEMORY, 2 * _MOST_MEMORY))


def planned(case: Case) -> str | None:
    """Plan a case and return what is wrong with how that ended, or None."""
    words = [sys.executable, "-m", "nixdive", "plan", str(case.file), "--json", "--quiet"]
    done = subprocess.run(words, capture_output=True, timeout=60, check=False, preexec_fn=bounded)
    told = done.stderr.decode()
    wanted = {"error": {1}, "ok": {0}, "either": {0, 1}}[case.expect]
    if done.returncode not in wanted or "Traceback" in told:
        return f"{case.file.name} ({case.note}): exit status {done.returncode}, {told}"
    if done.returncode == 0:
        document = json.loads(done.stdout)
        read = document["totals"]["paths"] or (case.kind != "graph" and document["totals"]["layers"])
        return None if read and not told else f"{case.file.name}: {told}"
    first, *more = told.splitlines()
    fine = (
        first.startswith(f"nixdive: {case.file}: ")
        and len(first) < 600
        and all(line.startswith("hint: ") for line in more)
        and len(more) <= 1
        and told.replace("\n", "").isprintable()
        and not done.stdout
    )
    return None if fine else f"{case.file.name}: {told!r}"


def test_each_is_refused_in_one_line_or_read(cases: list[Case]) -> None:
    graphs = [case for case in cases if case.kind == "graph"]
    assert len(graphs) > 50
    with ThreadPoolExecutor(2) as threads:
        wrong = [said for said in threads.map(planned, graphs) if said is not None]
    assert not wrong, "\n".join(wrong)


def test_each_image_is_refused_in_one_line_or_read(cases: list[Case]) -> None:
    images = [case for case in cases if case.kind != "graph"]
    assert len(images) > 70
    with ThreadPoolExecutor(2) as threads:
        wrong = [said for said in threads.map(planned, images) if said is not None]
    assert not wrong, "\n".join(wrong)
