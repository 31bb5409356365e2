"""What is measured of clients is kept: a file that grows, and says of which version and day each case is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from nixdive import __version__
from tests.bench.bench_clients import version
from tests.bench.client_cases import HELD, KEPT, Case, Shape, cases, foretold, held, knees, note, read
from tests.bench.client_fit import WITHIN, fit, held_out, judge

if TYPE_CHECKING:
    import pytest

DOCS = Path(__file__).parents[2] / "docs/clients.md"


def test_cases_are_kept_with_version_and_day_and_judged_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "measured.jsonl"
    for app in ("redis", "media"):
        for count in (2, 4):
            shape = Shape(
                [10_000_000] * count, [4_000_000] * count, [50] * count, [True] * count, [True] * count
            )
            note(
                file,
                Case("skopeo", "push", "cold", app, count, "100mbit/20ms"),
                shape,
                [count * 1.0],
                "1.9.3",
            )
    note(file, Case("skopeo", "push", "cold", "media", 4, "100mbit/20ms"), shape, [3.0, 5.0], "1.9.3")
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert {row["version"] for row in rows} == {"1.9.3"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row["date"]) for row in rows)
    found = {(row.case.app, row.case.layers): (row.seconds, row.runs) for row in read(file)}
    assert found == {("redis", 2): (2, 1), ("redis", 4): (4, 1), ("media", 2): (2, 1), ("media", 4): (3, 3)}
    judge(file)
    assert re.search(r"^all +\d of +4 within 25%", capsys.readouterr().out, re.MULTILINE)


def test_a_client_says_its_version(tmp_path: Path) -> None:
    assert __version__ in version("nixdive", tmp_path, "crane")


def test_what_is_held_out_has_images_counts_and_links_that_no_fit_has() -> None:
    fitted = {*cases(), *knees()}
    assert not any(case.held for case in fitted)
    assert all(case.held for case in held())
    counts = {count for _, some in HELD.values() for count in some}
    assert not counts & {case.layers for case in fitted}
    assert {case.client for case in held()} == {case.client for case in fitted}


def test_cases_that_are_held_out_are_judged_and_not_fitted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "measured.jsonl"
    shape = Shape([10_000_000] * 3, [4_000_000] * 3, [50] * 3, [True] * 3, [True] * 3)
    usual = Case("skopeo", "push", "cold", "redis", 4, "100mbit/20ms")
    aside = usual._replace(app=next(iter(HELD)))
    note(file, usual, shape, [2.0], "1.9.3")
    note(file, aside, shape, [foretold(aside, shape) / 1.5], "1.9.3")
    assert [json.loads(line)["held"] for line in file.read_text("utf-8").splitlines()] == [False, True]
    judge(file)
    assert re.search(r"^all +\d of +1 within 25%", capsys.readouterr().out, re.MULTILINE)
    fit(file)
    assert "of 1 within" in capsys.readouterr().out
    held_out(file)
    assert "| all | 1 | 50 % | 50 % | 0 % |" in capsys.readouterr().out.splitlines()


def test_profiles_are_within_a_quarter_in_nine_of_ten_cases_that_they_are_not_fitted_to() -> None:
    errors = [abs(foretold(row.case, row.shape) / row.seconds - 1) for row in read(KEPT) if row.held]
    assert len(errors) > 100
    assert sum(error <= WITHIN for error in errors) >= 0.9 * len(errors)


def test_the_documentation_has_the_table_of_what_is_held_out(capsys: pytest.CaptureFixture[str]) -> None:
    held_out(KEPT)
    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert "\n".join(table) in DOCS.read_text("utf-8")
