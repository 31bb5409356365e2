"""A CPU that is too old for numpy, told before numpy ends the program."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path

OLD = "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu sse sse2 cx16 lm\n\nprocessor\t: 1\n"
NEW = OLD.replace("sse2", "sse2 popcnt sse4_1 sse4_2 ssse3 avx512f")


@pytest.fixture
def cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if os.uname().machine != "x86_64":
        pytest.skip("numpy's wheels for other CPUs start everywhere")
    monkeypatch.setattr("nixdive.cli.cpu._CPUINFO", tmp_path / "cpuinfo")
    return tmp_path / "cpuinfo"


@pytest.mark.parametrize("numpy", ["import os\nos.kill(os.getpid(), 4)\n", "raise RuntimeError('X86_V2')\n"])
def test_a_numpy_that_cannot_start_is_told(
    numpy: str, cpu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text(numpy)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    cpu.write_text(OLD)
    done = run("schema", "plan")
    assert (done.returncode, done.stdout) == (1, "")
    lacking = "popcnt, sse4_1, sse4_2, ssse3"
    assert done.stderr.startswith(f"nixdive: numpy does not start on this CPU, which lacks {lacking}\nhint: ")
    assert run("--help").returncode == 0
    cpu.write_text(NEW)  # what numpy does then is its own
    assert run("schema", "plan").returncode == 0


@pytest.mark.parametrize("facts", [OLD, "model name\t: something else\n", None])
def test_a_numpy_that_starts_is_enough(facts: str | None, cpu: Path) -> None:
    if facts is not None:
        cpu.write_text(facts)
    assert run("schema", "plan").returncode == 0
