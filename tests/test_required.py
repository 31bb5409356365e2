"""Where all that tests need is required, a test that is not run is a failure, and the exit status says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = {
    "skip": 'import pytest\n@pytest.fixture\ndef client(): pytest.skip("none")\ndef test(client): pass\n',
    "module": 'import pytest\npytest.importorskip("no_such_module")\n',
    "expected": (
        "import pytest\ndef test(request):\n"
        '    request.applymarker(pytest.mark.xfail(reason="known", strict=True))\n    assert False\n'
    ),
}


def status(folder: Path, required: str) -> int:
    (folder / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text("utf-8"))
    (folder / "pytest.ini").write_text("[pytest]\n")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", str(folder)]
    env = {**os.environ, "NIXDIVE_REQUIRE_CLIENTS": required, "PYTEST_ADDOPTS": ""}
    return subprocess.run(words, env=env, capture_output=True, timeout=60, check=False, cwd=folder).returncode


def test_elsewhere_they_may_be_skipped(tmp_path: Path) -> None:
    for name, test in TESTS.items():
        (tmp_path / f"test_{name}.py").write_text(test)
    (tmp_path / "test_other.py").write_text("def test(): pass\n")
    assert status(tmp_path, "0") == pytest.ExitCode.OK


@pytest.mark.parametrize("name", TESTS)
def test_what_is_not_run_has_failed(name: str, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS[name])
    assert status(tmp_path, "1") in {pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}
