"""Where all that tests need is required, a test that is not run is a failure, and the exit status says so."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TESTS = {
    "skip": 'import pytest\n@pytest.fixture\ndef client(): pytest.skip("none")\ndef test(client): pass\n',
    "module": 'import pytest\npytest.importorskip("no_such_module")\n',
    "expected": (
        "import pytest\ndef test(request):\n"
        '    request.applymarker(pytest.mark.xfail(reason="known", strict=True))\n    assert False\n'
    ),
}


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with the hooks of this suite."""
    pytester.makeconftest((Path(__file__).parent / "conftest.py").read_text("utf-8"))
    pytester.makeini("[pytest]\n")
    return pytester


def status(suite: pytest.Pytester) -> object:
    return suite.inline_run("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:xdist").ret


def test_elsewhere_they_may_be_skipped(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIXDIVE_REQUIRE_CLIENTS", "0")
    suite.makepyfile(**{f"test_{name}": test for name, test in TESTS.items()}, test_other="def test(): pass")
    assert status(suite) == pytest.ExitCode.OK


@pytest.mark.parametrize("name", TESTS)
def test_what_is_not_run_has_failed(
    name: str, suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIXDIVE_REQUIRE_CLIENTS", "1")
    suite.makepyfile(test_it=TESTS[name])
    assert status(suite) in {pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}
