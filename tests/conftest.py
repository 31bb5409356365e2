"""What all tests share: the folder with extra test data, what a skipped test means, and their processes.

Folders of tests are spread over as many processes as there are cores, four at most, file by file; `-n 0`
runs them in one. Tests of real clients share daemons: one process runs all of them, one after the other.
"""

from __future__ import annotations

import gc
import itertools
import os
import signal
from inspect import iscoroutinefunction
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import HealthCheck, settings  # noqa: TID251

from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

# a busy machine is not a failure
settings.register_profile(
    "nixdive", examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("nixdive")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what runs in its background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the programs under test would inherit it

MOST_PROCESSES = 4
TRIALS = "trials"
CLIENTS = "conformance"  # the folder of the tests that start daemons

_CACHES = itertools.count()

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
        patch.setenv("NIXDIVE_CACHE_DIR", str(folder / "cache"))
        yield


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No layer that another test has written is found again."""
    monkeypatch.setenv("NIXDIVE_CACHE_DIR", str(tmp_path_factory.getbasetemp() / f"cache{next(_CACHES)}"))


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The config.toml of a user, in a folder of its own; the test writes it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    file = tmp_path / "config/nixdive/config.toml"
    file.parent.mkdir(parents=True)
    return file


@pytest.fixture(scope="session")
def _pseudo_terminals() -> None:
    """A bare chroot has no pseudo-terminals; tests that need one are skipped there."""
    try:
        ends = os.openpty()
    except OSError as error:
        pytest.skip(f"no pseudo-terminal can be had here: {error.strerror or error}")
    for end in ends:
        os.close(end)


@pytest.fixture
def trial(request: pytest.FixtureRequest) -> Generator[Callable[[], int]]:
    """What a test calls before each of its trials, where it makes several: their number is in the report."""
    number = itertools.count()
    yield lambda: next(number)
    request.node.user_properties.append((TRIALS, next(number)))


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Say how many processes run the tests, where the command line does not.

    One is enough for a file or a test that was named, and needed for -s and --pdb. Without pytest-xdist, too,
    there is one.
    """
    options = config.option
    if getattr(options, "numprocesses", 0) is not None or hasattr(config, "workerinput"):
        return
    alone = options.dist != "no" or options.capture == "no" or options.usepdb or options.trace
    processes = min(os.cpu_count() or 1, MOST_PROCESSES)
    if processes > 1 and not alone and all(Path(one).is_dir() for one in config.args):
        options.numprocesses = processes


@pytest.hookimpl(tryfirst=True)  # before -m chooses by marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark as slow what starts the screen, or attacks the program.

    Begin with what takes longest where several processes share the work, so that they end together.
    """
    for item in items:
        shown = in_folder(item.nodeid, "ui") and iscoroutinefunction(getattr(item, "function", None))
        if shown or in_folder(item.nodeid, "faults"):
            item.add_marker("slow")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not in_folder(item.nodeid, CLIENTS))


def pytest_collection_finish() -> None:
    """Keep the garbage collector from looking at all modules and tests again and again.

    They live to the end. It takes a quarter of the time of tests that start the screen.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Spread the tests file by file; those of all clients are like one file."""
    from xdist.scheduler import LoadScopeScheduling

    class FilesAndClients(LoadScopeScheduling):  # type: ignore[misc]  # xdist comes without types
        def _split_scope(self, nodeid: str) -> str:
            return CLIENTS if in_folder(nodeid, CLIENTS) else nodeid.partition("::")[0]

    config.option.loadscopereorder = False  # the number of tests in a file says nothing about its seconds
    return FilesAndClients(config, log)


def in_folder(nodeid: str, folder: str) -> bool:
    return folder in PurePosixPath(nodeid.partition("::")[0]).parts


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
