"""What the table says of a run is what pytest reports, and every attack here is in one part of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.faults.table import PARTS, Found, found_in, page

_REPORT = """<testsuites><testsuite>
<testcase classname="a" name="once" />
<testcase classname="a" name="often">
<properties><property name="trials" value="40" /></properties></testcase>
<testcase classname="a" name="weak"><failure />
<properties><property name="trials" value="3" /></properties></testcase>
<testcase classname="a" name="absent"><skipped /></testcase>
</testsuite></testsuites>"""


def test_trials_are_counted_and_a_test_that_failed_withstood_all_but_the_last(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(_REPORT)
    found = found_in(tmp_path / "report.xml", "pytest a")
    assert (found.tried, found.failed, found.skipped) == (44, ("a::weak",), 1)
    shown = page({"kills": found})
    assert f"| {PARTS['kills'].what} | 44 | 43 | 1 | {found.day} |" in shown
    assert "    pytest a\n" in shown
    assert shown.endswith("- kills: a::weak")


def test_what_takes_no_trial_is_not_told_as_failed() -> None:
    assert page({"cuts": Found("2026-01-01", "pytest b", 3600, (), 0)}).endswith("    pytest b")


def test_all_attacks_are_in_the_table() -> None:
    named = {word for part in PARTS.values() for word in part.words}
    here = {f"tests/faults/{one.name}" for one in Path(__file__).parent.glob("test_*.py")}
    assert here - named == {f"tests/faults/{Path(__file__).name}"}
    assert all(
        Path(__file__).parents[2].joinpath(word).exists() for word in named if word.startswith("tests/")
    )


def test_a_test_reports_its_trials(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    words = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]
    words += ["--junitxml", str(report), "tests/fuzz", "-k", "session"]
    subprocess.run(words, cwd=Path(__file__).parents[2], check=True, capture_output=True)
    assert found_in(report, "").tried > 1
