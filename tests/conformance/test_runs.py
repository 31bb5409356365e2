"""The page that says where images run is of what was tried, and says what was not."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conformance import runs
from tests.conformance.clients import place_of
from tests.conformance.combinations import DEEP, combinations
from tests.conformance.outcomes import Outcome, Record, Results, Trial

WAYS = list(combinations())
TRIED = Path(__file__).parent / "tried"
PAGE = Path(__file__).parents[2] / "docs/runs.md"


def test_the_page_is_what_the_tool_prints_of_what_is_kept() -> None:
    lines = [json.loads(line) for file in TRIED.glob("*.jsonl") for line in file.read_text().splitlines()]
    trials = sorted((one for one in lines if "digest" in one), key=lambda one: one["day"])
    newest = {one["image"]: one["digest"] for one in trials}
    results = Results(TRIED, tuple((name, newest[name]) for name in map(str, (*WAYS, *DEEP))))
    records = sorted(results.records(), key=lambda one: place_of(one.client))
    assert "".join(f"{part}\n" for part in runs.page(WAYS, records)) == PAGE.read_text()


def _record(*found: Outcome | None) -> Record:
    """Return one whose first images became that, and whose other ones were not tried."""
    trials = [
        None if one is None else Trial("", "", f"2026-01-0{day + 1}", one) for day, one in enumerate(found)
    ]
    return Record("podman 1", "engine", (*trials, *[None] * (len(WAYS) + len(DEEP) - len(trials))))


def _lines(record: Record) -> list[str]:
    return "\n".join(runs.page(WAYS, [record])).splitlines()


def test_what_differs_is_said_with_the_numbers_of_layers() -> None:
    ways = list(combinations())
    cells = ["no (1)" if way.compression == "zstd" and way.budget > 25 else "runs" for way in ways]
    _, rows = runs.outcomes(ways, cells)
    assert rows[0] == [
        "hybrid",
        "runs, all 5",
        "runs: 1, 2, 25 layers; no (1): 100, 125 layers",
        "runs, all 5",
    ]


def test_what_was_not_tried_is_said() -> None:
    lines = _lines(_record(Outcome("runs"), Outcome("no", "odd"), Outcome(runs.NONE)))
    number = len(WAYS) + len(DEEP)
    days = "2026-01-01 to 2026-01-03"
    assert f"| podman 1 | loads, runs, pushes | {days} | 2 of {number - 1} | 1 |" in lines
    assert f"| podman 1 |{' not tried |' * len(DEEP)}" in lines
    assert "1. `odd`: why is not known." in lines
    assert f"| podman 1 | loads, runs, pushes | – | 0 of {number} | 0 |" in _lines(_record())


def test_what_loads_and_does_not_run_fails() -> None:
    found = [
        Outcome("loads only", "odd"),
        Outcome("runs wrongly"),
        Outcome("runs, as `v1`"),
        Outcome("reads"),
    ]
    assert f"| 4 of {len(WAYS) + len(DEEP)} | 2 |" in "\n".join(_lines(_record(*found)))
