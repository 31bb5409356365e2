"""Tests run in several processes; those of clients, which share daemons, run in one of them, one by one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import MOST_PROCESSES, pytest_cmdline_main
from tests.patience import PATIENCE, gone, until

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
FILES = [f"conformance/test_{letter}.py" for letter in "abc"]
OTHERS = [f"test_{letter}.py" for letter in "abcd"]


class Ended(NamedTuple):
    """A run: its status and output, its report, and process, file and number of each test as they began."""

    status: int
    told: str
    report: ET.Element
    ran: list[list[str]]


def suite(folder: Path) -> Path:
    """Make a folder with the settings and the hooks of this suite."""
    (folder / "tests/conformance").mkdir(parents=True)
    for name in ("pyproject.toml", "tests/conftest.py", "tests/examples.py"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def started(folder: Path, *words: str, **variables: str) -> subprocess.Popen[str]:
    outside = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "NIXDIVE"))}
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        env=outside | variables,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Seven files of three tests that pass, and one of three that do not."""
    folder = suite(tmp_path_factory.mktemp("suite"))
    log, report = folder / "log", folder / "report.xml"
    for name in (*FILES, *OTHERS):
        (folder / "tests" / name).write_text(RECORDED.format(log=str(log), name=name))
    (folder / "tests/test_odd.py").write_text(ODD)
    with started(folder, "-n", "2", f"--junitxml={report}", NIXDIVE_REQUIRE_CLIENTS="1") as process:
        told, _ = process.communicate(timeout=PATIENCE)
    lines = sorted(log.read_text().splitlines(), key=lambda line: float(line.split(maxsplit=1)[0]))
    return Ended(process.returncode, told, ET.parse(report).getroot(), [line.split()[1:] for line in lines])


def test_clients_share_a_process_and_other_files_are_spread(ended: Ended) -> None:
    assert len(ended.ran) == 3 * len(FILES + OTHERS)
    (process,) = {process for process, name, _ in ended.ran if name in FILES}
    mine = [[name, number] for own, name, number in ended.ran if own == process]
    assert mine[: 3 * len(FILES)] == [[name, str(number)] for name in FILES for number in range(3)]
    assert len({process for process, _, _ in ended.ran}) == 2
    for other in OTHERS:
        assert len({process for process, name, _ in ended.ran if name == other}) == 1


def test_what_fails_is_told_as_in_one_process(ended: Ended) -> None:
    assert ended.status == pytest.ExitCode.TESTS_FAILED
    assert "assert [1, 2] == [1, 3]" in ended.told
    assert "At index 1 diff: 2 != 3" in ended.told
    assert "tests/test_odd.py:6: AssertionError" in ended.told
    assert "UserWarning: of a worker" in ended.told
    assert "nothing may be skipped here, but: Skipped: no client" in ended.told


def test_the_report_counts_the_tests_of_all_processes(ended: Ended) -> None:
    (counts,) = ended.report.findall("testsuite")
    assert [counts.get(key) for key in ("tests", "failures", "errors", "skipped")] == ["24", "3", "0", "0"]


def test_ctrl_c_ends_all_processes(tmp_path: Path) -> None:
    folder, log = suite(tmp_path), tmp_path / "log"
    for name in "ab":
        (folder / f"tests/test_{name}.py").write_text(WAITING.format(log=str(log)))
    with started(folder, "-n", "2") as process:
        until(lambda: process.poll() is not None or (log.exists() and len(log.read_text().splitlines()) == 2))
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
        told, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, told
    gone(*map(int, log.read_text().split()))


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
