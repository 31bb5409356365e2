"""Tests run in several processes; those of clients, which share daemons, run in one of them, one by one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import MOST_PROCESSES, pytest_cmdline_main

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
CORES = min(os.cpu_count() or 1, MOST_PROCESSES)
RECORDED = """
import os, time
import pytest

@pytest.mark.parametrize("number", range(3))
def test(number):
    with open({log!r}, "a") as log:
        print(time.monotonic(), os.environ.get("PYTEST_XDIST_WORKER"), {name!r}, number, file=log)
"""
WAITING = """
import os, time

def test():
    with open({log!r}, "a") as log:
        print(os.getpid(), file=log)
    time.sleep(600)
"""
ODD = """
import warnings
import pytest

def test_fails():
    assert [1, 2] == [1, 3]

def test_warns():
    warnings.warn("of a worker", stacklevel=1)

def test_skips():
    pytest.skip("no client")
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A folder with the settings and the hooks of this suite."""
    (tmp_path / "tests/conformance").mkdir(parents=True)
    for name in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def recorded(suite: Path, *names: str) -> Callable[[], list[list[str]]]:
    """Add files of three tests each; what is returned gives process, name and number of each that ran."""
    log = suite / "log"
    for name in names:
        (suite / "tests" / name).write_text(RECORDED.format(log=str(log), name=name))
    return lambda: [line.split()[1:] for line in sorted(log.read_text().splitlines(), key=began)]


def began(line: str) -> float:
    return float(line.split(maxsplit=1)[0])


def started(suite: Path, *words: str, **variables: str) -> subprocess.Popen[str]:
    outside = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "NIXDIVE"))}
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        env=outside | variables,
        cwd=suite,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(suite: Path, *words: str, **variables: str) -> tuple[int, str]:
    with started(suite, *words, **variables) as process:
        told, _ = process.communicate(timeout=60)
    return process.returncode, told


def test_clients_share_a_process_and_other_files_are_spread(suite: Path) -> None:
    clients = [f"conformance/test_{letter}.py" for letter in "abc"]
    others = [f"test_{letter}.py" for letter in "abcd"]
    ran = recorded(suite, *clients, *others)
    status, told = run(suite, "-n", "2")
    assert status == pytest.ExitCode.OK, told
    found = ran()
    assert len(found) == 3 * 7
    (process,) = {process for process, name, _ in found if name in clients}
    mine = [[name, number] for own, name, number in found if own == process]
    assert mine[: 3 * 3] == [[name, str(number)] for name in clients for number in range(3)]
    assert len({process for process, _, _ in found}) == 2
    for other in others:
        assert len({process for process, name, _ in found if name == other}) == 1


def test_a_failure_a_warning_and_a_test_that_is_not_run_are_told_as_in_one_process(suite: Path) -> None:
    (suite / "tests/test_odd.py").write_text(ODD)
    report = suite / "report.xml"
    status, told = run(suite, f"--junitxml={report}", NIXDIVE_REQUIRE_CLIENTS="1")
    assert status == pytest.ExitCode.TESTS_FAILED
    assert "assert [1, 2] == [1, 3]" in told
    assert "At index 1 diff: 2 != 3" in told
    assert "tests/test_odd.py:6: AssertionError" in told
    assert "UserWarning: of a worker" in told
    assert "nothing may be skipped here, but: Skipped: no client" in told
    assert (f"{CORES} workers [3 items]" in told) == (CORES > 1)
    (counts,) = ET.parse(report).getroot().findall("testsuite")
    assert [counts.get(key) for key in ("tests", "failures", "errors", "skipped")] == ["3", "3", "0", "0"]


def test_ctrl_c_ends_all_processes(suite: Path) -> None:
    log = suite / "log"
    for name in "ab":
        (suite / f"tests/test_{name}.py").write_text(WAITING.format(log=str(log)))
    with started(suite, "-n", "2") as process:
        until = time.monotonic() + 60
        while not log.exists() or len(log.read_text().splitlines()) < 2:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
        told, _ = process.communicate(timeout=60)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, told
    for number in log.read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(number), 0)


@pytest.mark.parametrize(
    ("args", "options", "processes"),
    [
        (["tests"], {}, CORES),
        (["tests/ui", "tests/store"], {}, CORES),
        (["tests/conftest.py"], {}, None),
        (["tests", "tests/test_processes.py::test_ctrl_c_ends_all_processes"], {}, None),
        (["tests"], {"numprocesses": 0}, 0),
        (["tests"], {"numprocesses": 8}, 8),
        (["tests"], {"capture": "no"}, None),
        (["tests"], {"usepdb": True}, None),
        (["tests"], {"trace": True}, None),
        (["tests"], {"dist": "load"}, None),
    ],
)
def test_processes_that_run_what_was_named(
    args: list[str], options: dict[str, Any], processes: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    usual = {"numprocesses": None, "dist": "no", "capture": "fd", "usepdb": False, "trace": False}
    config: Any = SimpleNamespace(option=SimpleNamespace(**usual | options), args=args)
    pytest_cmdline_main(config)
    assert config.option.numprocesses == (None if processes == 1 else processes)


def test_without_its_plugin_there_is_one_process() -> None:
    config: Any = SimpleNamespace(option=SimpleNamespace(), args=["."])
    pytest_cmdline_main(config)
    assert vars(config.option) == {}
