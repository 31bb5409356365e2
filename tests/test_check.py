"""./check says what is missing before it checks anything."""

from __future__ import annotations

import os
import subprocess
import venv
from pathlib import Path

import packaging

from tests.patience import PATIENCE

CHECK = Path(__file__).parents[1] / "check"


def told(environment: Path) -> list[str]:
    env = {**os.environ, "VIRTUAL_ENV": str(environment)}
    done = subprocess.run([CHECK], env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr.splitlines()


def test_without_an_environment_it_says_how_to_make_one(tmp_path: Path) -> None:
    assert told(tmp_path / "none") == [
        f"./check: {tmp_path}/none: no virtual environment",
        "hint: python3 -m venv .venv && .venv/bin/pip install -e '.[test,lint]'",
    ]


def test_in_an_empty_environment_it_says_how_to_fill_it(tmp_path: Path) -> None:
    venv.create(tmp_path)
    assert told(tmp_path) == [
        f"./check: {tmp_path} lacks all that the extras test and lint name",
        f"hint: {tmp_path}/bin/pip install -e '.[test,lint]'",
    ]


def test_what_is_missing_or_too_old_is_named(tmp_path: Path) -> None:
    venv.create(tmp_path)
    (packages,) = tmp_path.glob("lib/python*/site-packages")
    (packages / "packaging").symlink_to(Path(packaging.__file__).parent)
    old = packages / "pytest-7.0.dist-info"
    old.mkdir()
    (old / "METADATA").write_text("Metadata-Version: 2.1\nName: pytest\nVersion: 7.0\n")
    problem, _ = told(tmp_path)
    named = problem.partition(" lacks ")[2].split(", ")
    assert {"numpy", "hypothesis", "mypy", "nixdive", "pytest>=8.3 (it is 7.0)"} <= set(named)
