"""What all tests share: the folder with extra test data, if there is one, and what a skipped test means."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Generator

# a busy machine is no failure
settings.register_profile("nixdive", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nixdive")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what runs in its background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the programs under test would inherit it

R = TypeVar("R", pytest.TestReport, pytest.CollectReport)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with extra test data; tests that need it are skipped where it is not set."""
    named = os.environ.get("NIXDIVE_SHARED")
    if not named:
        pytest.skip("NIXDIVE_SHARED names no folder with extra test data")
    return Path(named).absolute()


@pytest.fixture(scope="session", autouse=True)
def _home_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Neither the configuration of who runs the tests counts, nor is anything remembered in their home."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        yield


@pytest.fixture(scope="session")
def _pseudo_terminals() -> None:
    """A bare chroot has no pseudo-terminals; tests that need one are skipped there."""
    try:
        ends = os.openpty()
    except OSError as error:
        pytest.skip(f"no pseudo-terminal can be had here: {error.strerror or error}")
    for end in ends:
        os.close(end)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return required((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return required((yield))


def required(report: R) -> R:
    """With NIXDIVE_REQUIRE_CLIENTS=1 everything is there to run all tests: a skipped one has failed.

    So has one that was expected to fail, which pytest reports as skipped.
    """
    if report.skipped and os.environ.get("NIXDIVE_REQUIRE_CLIENTS") == "1":
        vars(report).pop("wasxfail", None)  # with it pytest tells of a failure, and exits with 0
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped here, but: {reason}"
    return report
